"""ToySSD as people write it by the tutorial: other classes, names and orders than ours."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import numpy as np

from explorer.net.runtime import mx

nn = mx.gluon.nn

SIZES = ((0.2, 0.272), (0.37, 0.447), (0.54, 0.619), (0.71, 0.79), (0.88, 0.961))
RATIOS = (1, 2, 0.5)

PART_NAMES = ("body", "downsamples", "class_preds", "box_preds")


def down_sample(channels: int, inner_scope: bool = False) -> Any:
    block = nn.HybridSequential()
    with _scope(block, inner_scope):
        for _each in range(2):
            block.add(nn.Conv2D(channels, 3, padding=1))
            block.add(nn.BatchNorm(in_channels=channels))
            block.add(nn.Activation("relu"))
        block.add(nn.MaxPool2D(2))
    return block


def _scope(block: Any, inner_scope: bool) -> AbstractContextManager[Any]:
    return block.name_scope() if inner_scope else nullcontext()


def _head(channels: int) -> Any:
    return nn.Conv2D(channels, 3, padding=1)


class _Parts:
    """Makes the four parts of a network; the order in which it does so numbers their layers."""

    def __init__(
        self, num_classes: int, anchors: tuple[int, ...], sequential: Any, inner_scope: bool
    ) -> None:
        self.num_classes, self.anchors, self.inner_scope = num_classes, anchors, inner_scope
        self.body, self.downsamples, self.class_preds, self.box_preds = (
            sequential() for _each in range(4)
        )

    def make_body(self) -> None:
        with _scope(self.body, self.inner_scope):
            for channels in (16, 32, 64):
                self.body.add(down_sample(channels, self.inner_scope))

    def make_down(self, number: int) -> None:
        with _scope(self.downsamples, self.inner_scope):
            for _each in range(number):
                self.downsamples.add(down_sample(128, self.inner_scope))

    def make_class(self, place: int) -> None:
        with _scope(self.class_preds, self.inner_scope):
            self.class_preds.add(_head(self.anchors[place] * (self.num_classes + 1)))

    def make_box(self, place: int) -> None:
        with _scope(self.box_preds, self.inner_scope):
            self.box_preds.add(_head(self.anchors[place] * 4))


def _tutorial(parts: _Parts) -> None:
    parts.make_down(len(parts.anchors) - 2)
    for place in range(len(parts.anchors)):
        parts.make_class(place)
        parts.make_box(place)
    parts.make_body()


def _body_first(parts: _Parts) -> None:
    parts.make_body()
    parts.make_down(len(parts.anchors) - 2)
    for place in range(len(parts.anchors)):
        parts.make_class(place)
    for place in range(len(parts.anchors)):
        parts.make_box(place)


def _boxes_first(parts: _Parts) -> None:
    for place in range(len(parts.anchors)):
        parts.make_box(place)
        parts.make_class(place)
    parts.make_body()
    parts.make_down(len(parts.anchors) - 2)


def _map_by_map(parts: _Parts, boxes_first: bool = False) -> None:
    for place in range(len(parts.anchors)):
        if place == 0:
            parts.make_body()
        elif place < len(parts.anchors) - 1:
            parts.make_down(1)
        if boxes_first:
            parts.make_box(place)
        parts.make_class(place)
        if not boxes_first:
            parts.make_box(place)


ORDERS: dict[str, Callable[[_Parts], None]] = {
    "tutorial": _tutorial,
    "body first": _body_first,
    "boxes first": _boxes_first,
    "map by map": _map_by_map,
    "map by map, boxes first": partial(_map_by_map, boxes_first=True),
}


def _make(block: Any, scope: bool, order: str, parts: _Parts) -> None:
    with _scope(block, scope):
        ORDERS[order](parts)
    for name in PART_NAMES:
        setattr(block, name, getattr(parts, name))
    block.num_classes = parts.num_classes
    block.num_maps = len(parts.anchors)


def _predict(net: Any, x: Any, F: Any) -> tuple[list[Any], ...]:
    anchors, scores, offsets = [], [], []
    for place in range(net.num_maps):
        if place == 0:
            x = net.body(x)
        elif place < net.num_maps - 1:
            x = net.downsamples[place - 1](x)
        else:
            x = F.Pooling(x, global_pool=True, pool_type="max", kernel=(1, 1))
        anchors.append(F.contrib.MultiBoxPrior(x, sizes=SIZES[place % 5], ratios=RATIOS))
        for head, found in ((net.class_preds, scores), (net.box_preds, offsets)):
            found.append(F.flatten(F.transpose(head[place](x), axes=(0, 2, 3, 1))))
    return anchors, scores, offsets


class PlainNetwork(mx.gluon.Block):
    """A block that cannot be exported, as the tutorial's."""

    def __init__(
        self,
        num_classes: int = 2,
        anchors: tuple[int, ...] = (4,) * 5,
        order: str = "tutorial",
        scope: bool = True,
        inner_scope: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        with _scope(self, scope):
            parts = _Parts(num_classes, anchors, nn.Sequential, inner_scope)
        _make(self, scope, order, parts)

    def forward(self, x: Any) -> tuple[Any, Any]:
        _anchors, scores, offsets = _predict(self, x, mx.nd)
        joined = mx.nd.concat(*scores, dim=1)
        return joined.reshape((0, -1, self.num_classes + 1)), mx.nd.concat(*offsets, dim=1)


class HybridNetwork(mx.gluon.HybridBlock):
    """The same, to be exported."""

    def __init__(
        self, num_classes: int = 2, anchors: tuple[int, ...] = (4,) * 5, order: str = "tutorial"
    ) -> None:
        super().__init__()
        with self.name_scope():
            parts = _Parts(num_classes, anchors, nn.HybridSequential, False)
        _make(self, True, order, parts)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        anchors, scores, offsets = _predict(self, x, F)
        joined = F.concat(*scores, dim=1).reshape((0, -1, self.num_classes + 1))
        return F.concat(*anchors, dim=1), joined, F.concat(*offsets, dim=1)


def added_network(net: PlainNetwork) -> Any:
    """Return the parts of a network as one whose parts have numbers for names."""
    added = nn.Sequential()
    for name in PART_NAMES:
        added.add(getattr(net, name))
    return added


def randomised(net: Any, seed: int = 0, size: int = 256) -> Any:
    """Give a network random weights, and its batch norms random statistics."""
    mx.random.seed(seed)
    rng = np.random.default_rng(seed)
    net.initialize(mx.init.Xavier())
    net(mx.nd.zeros((1, 3, size, size)))
    for name, parameter in net.collect_params().items():
        if name.endswith(("bias", "beta", "running_mean")):
            parameter.set_data(mx.nd.array(rng.normal(0, 0.1, parameter.shape)))
        if name.endswith(("gamma", "running_var")):
            parameter.set_data(mx.nd.array(rng.uniform(0.5, 2, parameter.shape)))
    return net
