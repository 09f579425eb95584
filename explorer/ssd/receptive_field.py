"""Receptive field: how much of the image a prediction of ToySSD can depend on."""

from __future__ import annotations

from explorer.i18n import _
from explorer.ssd.anchors import BODY_HALVINGS

__all__ = ["receptive_field_px"]

_CONVOLUTIONS_A_BLOCK = 2
"""3×3 convolutions before each 2×2 pooling."""


def receptive_field_px(layer: int, num_layers: int) -> int | None:
    """Return the side of the square of the input that a cell's two predictors see.

    A 3×3 convolution widens what is seen by two steps of its map, a 2×2 pooling by one step
    and doubles the step. The square is centred on the cell, at multiples of the step; at
    the border of the image the part outside of it is the convolutions' zero padding.

    Parameters
    ----------
    layer : int from 0 to num_layers - 1
        Prediction layer of ToySSD, the finest first.
    num_layers : int of at least 2

    Returns
    -------
    int, px, or None
        52, 108, 220, 444 for the first four; None for the last layer, which is pooled over
        the whole image.

    Raises
    ------
    ValueError
        If `layer` is not one of the layers, or `num_layers` is below 2.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 2.2: an anchor's scale need not be the
    receptive field of its layer; this product uses it as an upper limit.
    """
    if num_layers < 2:
        text = _("num_layers must be at least 2, got {num_layers}")
        raise ValueError(text.format(num_layers=num_layers))
    if not 0 <= layer < num_layers:
        text = _("layer must be from 0 to {last}, got {layer}")
        raise ValueError(text.format(last=num_layers - 1, layer=layer))
    if layer == num_layers - 1:
        return None
    side, step = 1, 1
    for __ in range(BODY_HALVINGS + layer):
        side += _CONVOLUTIONS_A_BLOCK * 2 * step + step
        step *= 2
    return side + 2 * step  # the predictor is one more 3×3 convolution
