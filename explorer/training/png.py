"""Writing a picture into a run."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from explorer.files import write_contents
from explorer.i18n import _


def write_png(path: Path, image: NDArray[np.uint8]) -> None:
    """Write `image`, (H, W, 3) uint8 RGB, atomically.

    Raises
    ------
    OSError
        If the folder is read-only or the disk is full; `path` is then as it was.
    """
    done, encoded = cv2.imencode(".png", np.ascontiguousarray(image[:, :, ::-1]))
    if not done:
        raise OSError(_("{path} could not be encoded", path=path))
    write_contents({path: encoded.tobytes()})
