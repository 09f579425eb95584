"""Does MXNet find the same boxes? The detect page's comparison with the real operator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.i18n import _
from explorer.pages.detect.reading import Reading

BOX_TOLERANCE = 1e-5
"""Relative, and absolute: exponentials of two libraries differ in their last bits."""


@dataclass(frozen=True)
class DetectionAgreement:
    """How what MXNet's operator returns differs from the page, row by row."""

    num_ours: int
    num_mxnet: int
    """Detections."""
    num_other: int
    """Rows with another class or another score, of those that both have."""
    num_moved: int
    """Rows of the same class and score whose box lies elsewhere."""

    @property
    def equal(self) -> bool:
        """The same detections in the same order."""
        return self.num_ours == self.num_mxnet and self.num_other + self.num_moved == 0

    @property
    def text(self) -> str:
        """One line for the page."""
        if self.equal:
            return _("equal to MXNet's operator ✓")
        return _(
            "differs from MXNet's operator: it finds {mxnet:,} boxes, this page {ours:,}; in the "
            "same order {other:,} have another class or score, {moved:,} lie elsewhere"
        ).format(
            mxnet=self.num_mxnet, ours=self.num_ours, other=self.num_other, moved=self.num_moved
        )


def compare_detections(reading: Reading, score_threshold: float) -> DetectionAgreement:
    """Detect with MXNet what `reading` says above a score threshold, and compare.

    Both begin with the same probabilities and offsets, so scores are equal to the last bit; of
    equal scores both put the earlier anchor first. The first call imports MXNet: not on a
    page's event loop.
    """
    from explorer.engine.operators import multibox_detection, per_class_detection

    config, ours = reading.at(score_threshold)
    operator = per_class_detection if config.multi_label else multibox_detection
    rows = operator(
        reading.class_prob[None],
        reading.output.offsets[None],
        reading.engine.anchors().boxes,
        config,
    )[0]
    rows = rows[rows[:, 0] >= 0]
    both = slice(min(len(rows), len(ours)))
    other = (rows[both, 0] != ours.class_id[both]) | (rows[both, 1] != ours.score[both])
    close = np.isclose(rows[both, 2:], ours.boxes[both], rtol=BOX_TOLERANCE, atol=BOX_TOLERANCE)
    return DetectionAgreement(
        num_ours=len(ours),
        num_mxnet=len(rows),
        num_other=int(other.sum()),
        num_moved=int((~close.all(axis=1) & ~other).sum()),
    )
