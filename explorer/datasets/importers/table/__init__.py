"""Tables of boxes (CSV): one line per object, in whatever columns."""

from __future__ import annotations

from explorer.datasets.importers.table.read import is_here, read

__all__ = ["is_here", "read"]
