"""From a folder as a user has it to an `AnnotationSet`: one file per format.

Nothing is mended or left out on the way because it is wrong; what could not be read is in
`problems` of its image, and what an importer decided is in `notes` of the set.
"""

from __future__ import annotations

from explorer.datasets.importers.recognition import kinds_of, read_annotations

__all__ = ["kinds_of", "read_annotations"]
