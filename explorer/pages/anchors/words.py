"""The scene in words: what matches the selected object and why, and what a step does."""

from __future__ import annotations

import numpy as np

from explorer.i18n import _, ngettext
from explorer.pages.anchors.scene import POSITIVE, AnchorScene


def headline(scene: AnchorScene) -> str:
    """Return how many anchors learn the selected object when matching is over."""
    if not scene.state.objects:
        return _("No object")
    number = int((scene.replay.targets.matching.gt_index == scene.state.selected).sum())
    if number == 0:
        return _("No anchor matches")
    return ngettext("{n:,} anchor matches", "{n:,} anchors match", number)


def positives_reason(scene: AnchorScene) -> str:
    """Return one or two sentences on why that many match."""
    if not scene.state.objects:
        return _(
            "All anchors are ignored: MXNet trains nothing on an image without an object. "
            "Add one, or load the photograph's labels."
        )
    matching = scene.replay.targets.matching
    threshold = scene.state.match.match_iou_threshold
    mine = matching.gt_index == scene.state.selected
    forced = np.flatnonzero(mine & (matching.forced_round > 0))
    num_over = int((mine & (matching.forced_round == 0)).sum())
    if len(forced) == 0:
        return _("No anchor that is still free touches this box, so nothing can learn it.")
    anchor = int(forced[0])
    iou = float(scene.iou[anchor])
    if anchor != scene.best_anchor and scene.iou[scene.best_anchor] > iou:
        text = _(
            "Its best anchor went to another object in an earlier round, so it gets one with IoU "
            "{iou} ({map} map), and {over} above IoU {threshold}."
        )
    elif threshold == 0:
        text = _(
            "Threshold 0 leaves only the forced one: the best anchor, IoU {iou} on the {map} map."
        )
    elif num_over:
        text = _(
            "1 is forced as the best (IoU {iou}, {map} map); {over} more are above IoU {threshold}."
        )
    elif np.float32(iou) > np.float32(threshold):
        text = _("It is the best (IoU {iou}, {map} map), the only one above IoU {threshold}.")
    else:
        text = _(
            "No anchor is above IoU {threshold}. The best one (IoU {iou}, {map} map) is forced, "
            "so that the object is not lost."
        )
    return text.format(
        iou=f"{iou:.2f}",
        map=scene.layers[int(scene.grid.layer[anchor])].name,
        threshold=f"{threshold:.2f}",
        over=f"{num_over:,}",
    )


def step_text(scene: AnchorScene) -> str:
    """Return what the last step that is shown has done."""
    steps, number = scene.replay.steps, scene.state.step
    if not steps:
        return _("Nothing to match.")
    number = len(steps) if number is None else min(number, len(steps))
    if number == 0:
        return _("Before matching: every anchor is background.")
    step = steps[number - 1]
    match = scene.state.match
    if step.what == "forced":
        row = scene.row(step.anchor)
        return _(
            "Forced round {number}: the highest IoU left, {iou}, is that of object {gt} and the "
            "anchor “{name}” at row {row}, column {column} of the {map} map. Both leave the "
            "rounds.",
            number=number,
            iou=f"{step.iou:.2f}",
            gt=step.gt + 1,
            name=row.name,
            row=row.row,
            column=row.column,
            map=row.map_name,
        )
    if step.what == "threshold":
        return _(
            "Threshold: each other anchor whose best IoU is above {threshold} becomes positive for "
            "that object. {number:,} do."
        ).format(threshold=f"{match.match_iou_threshold:.2f}", number=step.num_changed)
    num_positive = int(np.isin(scene.kinds, POSITIVE).sum())
    return _(
        "Mining: {ratio:g} negatives for each of the {positive:,} positives are kept, the hardest "
        "of those below IoU {threshold}: {number:,}. All others are ignored. With no network to "
        "ask, the hardest are those with the highest IoU.",
        ratio=match.negative_mining_ratio,
        positive=num_positive,
        threshold=f"{match.negative_mining_threshold:.2f}",
        number=step.num_changed,
    )
