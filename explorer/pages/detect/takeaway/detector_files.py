"""The detector of the detect page, as files for programs without MXNet."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from explorer.engine import Engine
from explorer.engine.checkpoint_files import describe_checkpoint
from explorer.engine.export.module_name import module_name
from explorer.i18n import _
from explorer.pages.detect.loaded_detector import LoadedDetector
from explorer.pages.shared.controls.saved_file import SavedFile

DetectorKind = Literal["onnx", "torch"]


def detector_file(detector: LoadedDetector, kind: DetectorKind) -> Callable[[], SavedFile]:
    """Return what makes the file, in the thread in which the page's networks work.

    Raises
    ------
    ValueError
        If no detector is loaded.
    """
    loaded = detector.loaded
    if loaded is None:
        raise ValueError(_("No model is loaded yet: choose a model and a picture first."))
    make = {"onnx": _onnx, "torch": _torch}[kind]
    return lambda: detector.submit(lambda: make(*loaded)).result()


def _onnx(engine: Engine, path: Path) -> SavedFile:
    __, content = describe_checkpoint(path)
    exported = engine.as_onnx(content["sha256"])
    return SavedFile(f"{path.stem}.onnx", "application/octet-stream", exported.contents[".onnx"])


def _torch(engine: Engine, path: Path) -> SavedFile:
    """Return module and weights in one file, as a browser saves one at a time."""
    __, content = describe_checkpoint(path)
    exported = engine.as_torch(content["sha256"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for ending, written in exported.contents.items():
            archive.writestr(f"{module_name(path.stem)}{ending}", written)
    return SavedFile(f"{path.stem}-pytorch.zip", "application/zip", packed.getvalue())
