"""The formats by name: write anchors in one, read them from one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from explorer.config import AnchorConfig, MapShape, explain
from explorer.exchange.caffe import read_prior_boxes, write_prior_boxes
from explorer.exchange.mxnet_lists import read_lists, write_lists, write_toy_ssd
from explorer.exchange.pytorch_ssd import read_ssd_specs, write_ssd_specs
from explorer.exchange.shapes import FeatureMaps, Written
from explorer.exchange.tensorflow import read_ssd_anchor_generator, write_ssd_anchor_generator
from explorer.exchange.torchvision import write_anchor_generator, write_default_boxes
from explorer.i18n import N_, _

LONGEST_TEXT = 1_000_000
"""Characters: a network file of Caffe with all its layers has some 50,000."""


@dataclass(frozen=True)
class Format:
    """How anchors are written and, where that can be undone, read."""

    title: str
    """For users, marked for translation."""
    write: Callable[[AnchorConfig, FeatureMaps, MapShape], Written]
    read: Callable[[str, MapShape], AnchorConfig] | None = None


def _write_json(config: AnchorConfig, maps: FeatureMaps, input_shape_px: MapShape) -> Written:
    del maps, input_shape_px  # the numbers are relative
    return Written(config.to_json() + "\n")


def _read_json(text: str, input_shape_px: MapShape) -> AnchorConfig:
    del input_shape_px
    return AnchorConfig.model_validate_json(text)


FORMATS: Mapping[str, Format] = {
    "json": Format(N_("JSON"), _write_json, _read_json),
    "mxnet": Format(N_("MXNet lists"), write_lists, read_lists),
    "toy-ssd": Format(N_("ToySSD code for MXNet"), write_toy_ssd, read_lists),
    "torchvision-default-box": Format("torchvision DefaultBoxGenerator", write_default_boxes),
    "torchvision-anchor-generator": Format("torchvision AnchorGenerator", write_anchor_generator),
    "pytorch-ssd": Format("pytorch-ssd SSDSpec", write_ssd_specs, read_ssd_specs),
    "tf-od-api": Format(
        "TensorFlow Object Detection API", write_ssd_anchor_generator, read_ssd_anchor_generator
    ),
    "caffe": Format("Caffe PriorBox", write_prior_boxes, read_prior_boxes),
}
"""Each format by the name that the command line and the page's state use."""


def write_anchors(
    config: AnchorConfig, format_id: str, maps: FeatureMaps, input_shape_px: MapShape
) -> Written:
    """Write anchors for another library.

    Parameters
    ----------
    format_id : str
        One of `FORMATS`.
    maps : FeatureMap of each layer
    input_shape_px : (height, width)
        Of the network's input; it decides what is in px.

    Returns
    -------
    Written
        The text, and what the other library will make differently. Where its rule cannot make
        our anchors, the nearest it can are written.

    Raises
    ------
    ValueError
        If no format has that name.
    """
    return _format(format_id).write(config, maps, input_shape_px)


def read_anchors_text(text: str, format_id: str, input_shape_px: MapShape) -> AnchorConfig:
    """Read anchors that `write_anchors`, a tutorial or another library's file has written.

    ``read_anchors_text(write_anchors(c, f, s).text, f, s)`` is `c` for "json", "mxnet" and
    "toy-ssd", and for "tf-od-api", "caffe" and "pytorch-ssd" where these can make the anchors
    (there are no notes on maps), no number has more than 6 decimals, and for the last two the
    first ratio is 1.

    Parameters
    ----------
    format_id : str
        One of `FORMATS`.
    input_shape_px : (height, width)
        Of the network's input, px; lengths in px are divided by its height, for
        "pytorch-ssd" by the text's own ``image_size`` if it has one.

    Raises
    ------
    ValueError
        One sentence: no such format, one that cannot be read, or what is wrong in the text.
    """
    format_ = _format(format_id)
    if format_.read is None:
        readable = ", ".join(name for name, known in FORMATS.items() if known.read)
        raise ValueError(
            _("Anchors cannot be read from {title}; paste one of: {readable}.").format(
                title=_(format_.title), readable=readable
            )
        )
    if len(text) > LONGEST_TEXT:
        raise ValueError(
            _("The text has {num:,} characters, at most {most:,} are read.").format(
                num=len(text), most=LONGEST_TEXT
            )
        )
    try:
        return format_.read(text, input_shape_px)
    except ValidationError as error:
        raise ValueError(explain(error)) from None


def _format(format_id: str) -> Format:
    try:
        return FORMATS[format_id]
    except KeyError:
        raise ValueError(
            _("no format is called {name}; known are: {known}").format(
                name=repr(format_id), known=", ".join(FORMATS)
            )
        ) from None
