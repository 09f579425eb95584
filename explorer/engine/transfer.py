"""Which layers of a new network can begin with the weights of a trained detector.

The body and the down-samplings are the same in every ToySSD, but for their number. A head belongs
to one map, and its shape follows from the anchors of a cell and, for classes, from their number.
Only the two descriptions are compared, so that a page can say what a run is going to take.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.config import DetectorConfig
from explorer.engine.checkpoint_files import CheckpointError
from explorer.i18n import _, ngettext


@dataclass(frozen=True)
class Transfer:
    """What a network of L maps takes from a detector, beside the body, which always fits."""

    maps: tuple[str, ...]
    """tuple of L str: height×width of the network's feature maps, finest first."""
    downsamples: tuple[bool, ...]
    """tuple of L - 2 bool: whether the block that makes the next map is taken."""
    box_heads: tuple[bool, ...]
    """tuple of L bool."""
    class_heads: tuple[bool, ...]
    """tuple of L bool."""

    @property
    def maps_with_new_boxes(self) -> str:
        """The maps whose box heads do not fit their anchors, in words; empty if all fit."""
        maps = _chosen(self.maps, self.box_heads, False)
        return self._maps_text(maps) if maps else ""

    def takes(self, parameter: str) -> bool:
        """Say whether a parameter of `ToySSD` is taken, by its name as in ``box_preds.0.bias``."""
        part, place = parameter.split(".")[:2]
        if part == "body":
            return True
        parts = {
            "downsamples": self.downsamples,
            "box_preds": self.box_heads,
            "class_preds": self.class_heads,
        }
        return parts[part][int(place)]

    def sentence(self, source: str) -> str:
        """Say what is taken from the detector that a user knows as `source`, and what is new."""
        taken = ", ".join([_("body"), *self._layers(taken=True)])
        new = ", ".join(self._layers(taken=False))
        if new:
            return _("Taken from {source}: {taken}; new: {new}.").format(
                source=source, taken=taken, new=new
            )
        return _("Taken from {source}: {taken}; nothing is new.").format(source=source, taken=taken)

    def _layers(self, taken: bool) -> list[str]:
        parts = []
        if number := self.downsamples.count(taken):
            parts.append(ngettext("{n} down-sampling", "{n} down-samplings", number))
        boxes, classes = (
            _chosen(self.maps, heads, taken) for heads in (self.box_heads, self.class_heads)
        )
        if boxes and boxes == classes:
            parts.append(_("box and class heads of {maps}").format(maps=self._maps_text(boxes)))
            return parts
        if boxes:
            parts.append(_("box heads of {maps}").format(maps=self._maps_text(boxes)))
        if classes:
            parts.append(_("class heads of {maps}").format(maps=self._maps_text(classes)))
        return parts

    def _maps_text(self, maps: tuple[str, ...]) -> str:
        if len(maps) == len(self.maps):
            return _("all maps")
        *others, last = maps
        if not others:
            return _("the map {name}", name=last)
        return _("the maps {names} and {last}", names=", ".join(others), last=last)


def what_fits(found: DetectorConfig, wanted: DetectorConfig) -> Transfer:
    """Return what a network for `wanted` can take from a detector that is `found`.

    Down-samplings are taken one by one from the finest. A box head is taken where both have the
    same map and as many anchors in a cell, a class head where besides the classes are the same,
    in the same order. The last map is a pooling of the one before, so it is the same map only if
    both have as many.

    Raises
    ------
    CheckpointError
        If they are of different architectures: then not even the body fits.
    """
    if found.architecture != wanted.architecture:
        raise CheckpointError(
            _("weights of {found} do not fit {wanted}: choose those of another detector").format(
                found=found.architecture, wanted=wanted.architecture
            )
        )
    ours, theirs = wanted.anchors.layers, found.anchors.layers
    last = len(ours) - 1
    box_heads = tuple(
        (len(theirs) == len(ours) if index == last else index < len(theirs) - 1)
        and theirs[index].num_anchors == layer.num_anchors
        for index, layer in enumerate(ours)
    )
    same_classes = found.class_names == wanted.class_names
    return Transfer(
        tuple(each.name for each in wanted.feature_maps),
        tuple(index < len(theirs) - 2 for index in range(len(ours) - 2)),
        box_heads,
        tuple(fits and same_classes for fits in box_heads),
    )


def _chosen(maps: Sequence[str], flags: Sequence[bool], wanted: bool) -> tuple[str, ...]:
    return tuple(name for name, flag in zip(maps, flags, strict=True) if flag is wanted)
