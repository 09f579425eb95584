"""What was proposed of a detector because its files do not say it, in sentences."""

from __future__ import annotations

from typing import Any

from explorer.config import TOY_SSD, DetectorConfig, preset_name
from explorer.i18n import N_, _
from explorer.mxnet_files.ssd_graph.proposals import REASONS

TUTORIAL_ORDER = N_("Its layers fit in two ways: using the tutorial's order.")
"""A sentence."""

_OF_PIXELS = ("pixel_mean", "pixel_std", "channel_order")
_SHOWN = 5
"""Of the class names."""


def proposal_sentences(detector: DetectorConfig, content: dict[str, Any]) -> list[str]:
    """Return a sentence for each thing that was proposed; none where a file of ours says all.

    Of a detector that is a graph there are more: what that does with pixels and scores.

    Parameters
    ----------
    detector, content
        As `describe_checkpoint` returns them.
    """
    source = content["about"].get("source")
    if source is None:
        return []
    if source["known"]:
        text = _(
            "The tutorial's own detector, by its SHA-1: it finds {names}, its anchors are the "
            "tutorial's, its input is {size} px."
        )
        return [text.format(names=_names(detector), size=detector.input_size)]
    if "graph" in source:
        return _graph_sentences(detector, source)
    proposed = source["proposed"]
    sentences = []
    if "class_names" in proposed:
        sentences.append(_("No class names in the file: using {names}.", names=_names(detector)))
    if "anchors" in proposed:
        sentences.append(_anchors_sentence(detector))
    if "input_size" in proposed:
        text = _("No input size in the file: using {size} px.", size=detector.input_size)
        sentences.append(text)
    if pixels := _pixels(detector, proposed):
        text = _("Nothing in the file on pixels: using {pixels}.", pixels=", ".join(pixels))
        sentences.append(text)
    if "order" in proposed and "beside" in source:
        text = _("Its layers fit in two ways: the graph beside it, {name}, says which is meant.")
        sentences.append(text.format(name=source["beside"]))
    elif "order" in proposed:
        sentences.append(_(TUTORIAL_ORDER))
    return sentences


def _graph_sentences(detector: DetectorConfig, source: dict[str, Any]) -> list[str]:
    """Return what was proposed beside a graph, each with its reason, and what that does itself."""
    why = {name: _(REASONS.get(key, "")) for name, key in source["why"].items()}
    sentences = []
    if "class_names" in why:
        text = _("Proposed class names ({names}): {why}")
        sentences.append(text.format(names=_names(detector), why=why["class_names"]))
    if "input_size" in why:
        text = _("Proposed input size: {size} px. {why}")
        sentences.append(text.format(size=detector.input_size, why=why["input_size"]))
    if pixels := _pixels(detector, list(why)):
        text = _("Proposed for pixels: {pixels}. {why}")
        reason = next(why[name] for name in _OF_PIXELS if name in why)
        sentences.append(text.format(pixels=", ".join(pixels), why=reason))
    if source["work_on_pixels"]:
        text = _("The graph itself changes pixels first: {nodes}.")
        sentences.append(text.format(nodes=", ".join(source["work_on_pixels"])))
    own = source["detect"]
    text = (
        _("Its own decoding: score {score:g}, IoU {iou:g} in NMS.")
        if own["nms_iou_threshold"] < 1 or own["nms_topk"] > 0
        else _("Its own decoding: score {score:g}, no NMS.")
    )
    sentences.append(text.format(score=own["score_threshold"], iou=own["nms_iou_threshold"]))
    return sentences


def _anchors_sentence(detector: DetectorConfig) -> str:
    if detector.anchors == TOY_SSD:
        return _("No anchors in the file: using the tutorial's sizes, ratios and variances.")
    if name := preset_name(detector.anchors):
        text = _("No anchors in the file: using {name}, which has as many in a cell.")
        return text.format(name=name)
    return _(
        "No anchors in the file: using sizes that grow evenly, so boxes are off until you tell "
        "the true ones."
    )


def _pixels(detector: DetectorConfig, proposed: list[str]) -> list[str]:
    pixels, said = detector.pixels, []
    if "channel_order" in proposed:
        said.append(pixels.channel_order.upper())
    if "pixel_mean" in proposed:
        said.append(_("mean {numbers}", numbers=_numbers(pixels.mean)))
    if "pixel_std" in proposed:
        said.append(_("standard deviation {numbers}", numbers=_numbers(pixels.std)))
    return said


def _numbers(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:g}" for value in values)


def _names(detector: DetectorConfig) -> str:
    names = ", ".join(detector.class_names[:_SHOWN])
    return names if len(detector.class_names) <= _SHOWN else f"{names}, …"
