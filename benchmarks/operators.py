"""The chain in numpy, which explains, against MXNet's operators, which compute."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.figures import median_seconds
from explorer.config import ARCHITECTURES, TOY_SSD, TOY_SSD_KEY, DetectConfig, MatchConfig
from explorer.engine.operators import multibox_detection, multibox_prior, multibox_target
from explorer.net.runtime import num_threads
from explorer.ssd.anchors import anchor_grid
from explorer.ssd.detection import detect
from explorer.ssd.probabilities import softmax
from explorer.ssd.targets import assign_targets


def main(quick: bool) -> None:
    """Measure one image of 256 px, its 5,444 anchors, and print milliseconds and ratios."""
    print(f"Operators, one image of 256 px, numpy against MXNet on {num_threads()} thread(s):")
    print(f"  {'':32}{'numpy':>9}{'MXNet':>9}   ratio")
    for name, ours, theirs in compare(repeats=5 if quick else 30):
        print(f"  {name:32}{1e3 * ours:6.2f} ms{1e3 * theirs:6.2f} ms{ours / theirs:8.2f}")


def compare(repeats: int) -> list[tuple[str, float, float]]:
    """Return (what, median seconds in numpy, median seconds in MXNet)."""
    return [
        (name, median_seconds(ours, repeats), median_seconds(theirs, repeats))
        for name, ours, theirs in _pairs()
    ]


def _pairs() -> list[tuple[str, Callable[[], object], Callable[[], object]]]:
    input_shape_px = (256, 256)
    maps = ARCHITECTURES[TOY_SSD_KEY].feature_maps(input_shape_px, 5)
    anchors = anchor_grid(TOY_SSD, maps, input_shape_px).boxes
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(len(anchors), 2)).astype(np.float32)
    offsets = rng.normal(size=(len(anchors), 4)).astype(np.float32)
    prob = softmax(scores)
    mining = MatchConfig(negative_mining_ratio=3.0)

    def priors() -> object:
        return [
            multibox_prior(each.shape, x.sizes, x.ratios)
            for each, x in zip(maps, TOY_SSD.layers, strict=True)
        ]

    pairs: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("anchors of five maps", lambda: anchor_grid(TOY_SSD, maps, input_shape_px), priors)
    ]
    for count in (1, 8):
        corners = rng.uniform(0.0, 0.6, (count, 2))
        boxes = np.hstack([corners, corners + rng.uniform(0.1, 0.4, (count, 2))])
        labels = np.hstack([np.zeros((count, 1)), boxes]).astype(np.float32)
        pairs.append(
            (
                f"targets, mined, {count} in the image",
                partial(assign_targets, anchors, labels, mining, scores),
                partial(multibox_target, anchors, labels[None], scores[None], mining),
            )
        )
    for topk in (400, -1):
        config = DetectConfig(
            score_threshold=0.01, nms_topk=topk, variances=MatchConfig().variances
        )
        pairs.append(
            (
                f"detection, {'all' if topk < 0 else topk} candidates",
                partial(detect, anchors, prob, offsets, config),
                partial(multibox_detection, prob[None], offsets[None], anchors, config),
            )
        )
    return pairs
