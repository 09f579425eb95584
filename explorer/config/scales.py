"""Sizes of anchors that grow evenly from the finest to the coarsest feature map."""

from __future__ import annotations

import math
from itertools import pairwise

from explorer.i18n import _


def scales(minimum: float, maximum: float, num_layers: int) -> tuple[tuple[float, float], ...]:
    """Return two sizes for each layer: s_k, and √(s_k·s_k+1) between it and the next layer's.

    The s_k grow by the same step from `minimum` on the finest to `maximum` on the coarsest
    map. That one has no next layer, and takes the s that one more step would reach:
    ``scales(0.2, 0.88, 5)`` are ToySSD's sizes before they were rounded to 3 decimals.

    Parameters
    ----------
    minimum, maximum : float
        s of the finest and of the coarsest layer, relative to the image's height.
    num_layers : int of at least 2

    Returns
    -------
    (s_k, √(s_k·s_k+1)) of each layer, finest first

    Raises
    ------
    ValueError
        If `minimum` is not above 0 and below `maximum`, or `num_layers` is below 2.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 2.2, equation 4.
    """
    if num_layers < 2:
        text = _("num_layers must be at least 2, got {num_layers}")
        raise ValueError(text.format(num_layers=num_layers))
    if not 0 < minimum < maximum < math.inf:  # also False for NaN
        text = _(
            "the smallest scale must be above 0 and below the largest, got {minimum:g} and "
            "{maximum:g}"
        )
        raise ValueError(text.format(minimum=minimum, maximum=maximum))
    step = (maximum - minimum) / (num_layers - 1)
    sizes = [minimum + step * k for k in range(num_layers + 1)]
    return tuple((s, math.sqrt(s * after)) for s, after in pairwise(sizes))
