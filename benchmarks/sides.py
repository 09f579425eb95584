"""What the two sides of the comparison with PyTorch tell each other, in numpy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


class Targets(NamedTuple):
    """What a batch is to learn, mined; see MXNet's MultiBoxTarget.

    Parameters
    ----------
    box_target, box_mask : (B, A·4) float32
    class_target : (B, A) float32
        0 background, k+1 class k, -1 ignored.
    """

    box_target: Float32
    box_mask: Float32
    class_target: Float32


class Outputs(NamedTuple):
    """What a network says about a batch.

    Parameters
    ----------
    class_scores : (B, A, C+1) float32
    offsets : (B, A·4) float32
    """

    class_scores: Float32
    offsets: Float32
