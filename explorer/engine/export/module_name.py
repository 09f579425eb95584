"""What a written module is called; asked before MXNet is there."""

from __future__ import annotations

import keyword
import re


def module_name(stem: str) -> str:
    """Return a name without an ending that `import` takes: of letters, digits, underscores."""
    name = re.sub(r"\W", "_", stem)
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"_{name}"
