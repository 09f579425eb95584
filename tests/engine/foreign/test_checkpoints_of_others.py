"""What the tutorial's code writes with MXNet opens as the network that wrote it."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.config import CREATURE, TOY_SSD, AnchorConfig, DetectorHints
from explorer.engine import Engine
from explorer.engine.checkpoint import load_checkpoint
from explorer.engine.checkpoint_files import (
    CheckpointError,
    describe_checkpoint,
    find_foreign,
    verify_checkpoint,
)
from explorer.engine.foreign.detector import NO_HINTS
from explorer.engine.foreign.proposals import proposal_sentences
from explorer.files import sha256
from explorer.net.learning import forward
from explorer.net.preprocessing import preprocess
from explorer.net.runtime import Device, choose_device, mx
from tests.mxnet_files.tutorial_network import (
    ORDERS,
    HybridNetwork,
    PlainNetwork,
    added_network,
    randomised,
)
from tests.places import ROOT

CPU = choose_device("cpu")
IMAGES = np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), np.uint8)


def assert_opens_as(path: Path, net: Any, hints: DetectorHints = NO_HINTS) -> None:
    """Compare a network's outputs with those of ours that has its weights from a file."""
    opened, detector = load_checkpoint(path, CPU, hints=hints)
    found = forward(opened, IMAGES, CPU)
    *anchors, scores, offsets = net(mx.nd.array(preprocess(IMAGES, detector.pixels)))
    np.testing.assert_allclose(found.class_scores, scores.asnumpy(), atol=1e-6, rtol=1e-6)
    theirs = offsets.asnumpy().reshape(found.offsets.shape)
    np.testing.assert_allclose(found.offsets, theirs, atol=1e-6, rtol=1e-6)
    for boxes in anchors:
        np.testing.assert_allclose(found.anchors, boxes.asnumpy()[0], atol=1e-6)


def sentences(path: Path, hints: DetectorHints = NO_HINTS) -> list[str]:
    return proposal_sentences(*describe_checkpoint(path, hints))


@pytest.mark.parametrize("deduplicate", [False, True])
def test_structural_names(tmp_path: Path, deduplicate: bool) -> None:
    path = tmp_path / "ssd.params"
    net = randomised(PlainNetwork())
    net.save_parameters(str(path), deduplicate=deduplicate)
    assert_opens_as(path, net)


def test_numbers_for_names(tmp_path: Path) -> None:
    path = tmp_path / "ssd.params"
    net = randomised(PlainNetwork())
    added = added_network(net)
    added.save_parameters(str(path))
    assert "0.0.0.weight" in mx.nd.load(str(path))
    assert_opens_as(path, net)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("inner_scope", [False, True])
@pytest.mark.parametrize("scope", [False, True])
def test_prefixed_names(tmp_path: Path, scope: bool, inner_scope: bool, order: str) -> None:
    path = tmp_path / "ssd.params"
    net = randomised(PlainNetwork(order=order, scope=scope, inner_scope=inner_scope))
    for strip in ("", net.prefix) if scope else ("",):
        net.collect_params().save(str(path), strip_prefix=strip)
        assert_opens_as(path, net)
    assert "Its layers fit in two ways: using the tutorial's order." not in sentences(path)


@pytest.mark.parametrize("order", ORDERS)
def test_an_export(tmp_path: Path, order: str) -> None:
    net = randomised(HybridNetwork(order=order))
    net.hybridize()
    net(mx.nd.zeros((1, 3, 256, 256)))
    net.export(str(tmp_path / "ssd"), epoch=7)
    path = tmp_path / "ssd-0007.params"
    assert any(name.startswith("aux:") for name in mx.nd.load(str(path)))
    assert_opens_as(path, net)


@pytest.mark.parametrize("num_classes", [1, 3, 20, 31])
@pytest.mark.parametrize("anchors", [(4, 4, 4, 4, 4), (4, 6, 6, 6, 4, 4), (3, 1), (2, 31, 5)])
def test_classes_anchors_and_maps_are_read_from_the_shapes(
    tmp_path: Path, num_classes: int, anchors: tuple[int, ...]
) -> None:
    path = tmp_path / "ssd.params"
    net = randomised(PlainNetwork(num_classes, anchors))
    told = AnchorConfig.of(
        [[0.1] * (number // 2 + 1) for number in anchors],
        [[1.0] * (number - number // 2) for number in anchors],
    )
    hints = NO_HINTS if max(anchors) < 17 else DetectorHints(anchors=told)
    for strip_names in (False, True):
        if strip_names:
            net.collect_params().save(str(path), strip_prefix=net.prefix)
        else:
            net.save_parameters(str(path))
        assert_opens_as(path, net, hints)
        detector, __ = describe_checkpoint(path, hints)
        assert len(detector.class_names) == num_classes
        assert tuple(layer.num_anchors for layer in detector.anchors.layers) == anchors


def test_each_device_gets_the_weights(tmp_path: Path) -> None:
    path = tmp_path / "ssd.params"
    randomised(PlainNetwork()).save_parameters(str(path))
    saved = mx.nd.load(str(path))
    net, __ = load_checkpoint(path, CPU, Device("cpu", mx.cpu(1)))
    for name, parameter in net._collect_params_with_prefix().items():
        copies = parameter.list_data()
        assert [each.context for each in copies] == [mx.cpu(0), mx.cpu(1)]
        for each in copies:
            np.testing.assert_array_equal(each.asnumpy(), saved[name].asnumpy())


def test_half_precision_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ssd.params"
    net = randomised(PlainNetwork())
    net.cast("float16")
    net.save_parameters(str(path))
    net.cast("float32")
    assert_opens_as(path, net)


def test_what_the_file_does_not_say_is_proposed_and_said(tmp_path: Path) -> None:
    path = tmp_path / "ssd.params"
    randomised(PlainNetwork()).save_parameters(str(path))
    detector, content = describe_checkpoint(path)
    assert detector.class_names == ("class 0", "class 1")
    assert (detector.anchors, detector.input_size) == (TOY_SSD, 256)
    settings = ["anchors", "channel_order", "class_names", "input_size", "pixel_mean", "pixel_std"]
    source = content["about"]["source"]
    assert source.pop("sha1")
    assert source == {"file": "ssd.params", "known": None, "told": [], "proposed": settings}
    assert content["sha256"] == sha256(path)
    assert sentences(path) == [
        "No class names in the file: using class 0, class 1.",
        "No anchors in the file: using the tutorial's sizes, ratios and variances.",
        "No input size in the file: using 256 px.",
        "Nothing in the file on pixels: using RGB, mean 123 117 104, standard deviation 1 1 1.",
    ]
    assert verify_checkpoint(path) == describe_checkpoint(path)


def test_what_is_told_is_used_and_not_proposed(tmp_path: Path) -> None:
    path = tmp_path / "ssd.params"
    net = randomised(PlainNetwork())
    net.save_parameters(str(path))
    hints = DetectorHints(
        class_names=("cat", "dog"),
        input_size=512,
        anchors=CREATURE,
        channel_order="bgr",
        pixel_mean=(1, 2, 3),
        pixel_std=(4, 5, 6),
    )
    engine = Engine.load(path, "cpu", hints)
    detector = engine.detector
    assert {name: getattr(detector, name) for name in hints.told} == hints.told
    assert sentences(path, hints) == []
    assert_opens_as(path, net, hints.with_(input_size=256))
    some = DetectorHints(pixel_mean=(0, 0, 0), class_names=("a", "b"))
    assert sentences(path, some)[2:] == [
        "Nothing in the file on pixels: using RGB, standard deviation 1 1 1."
    ]


def test_ours_without_its_description_opens_as_others_do(tmp_path: Path) -> None:
    path = tmp_path / "ours.params"
    made = Engine(("cat", "dog", "cow"), "creature", device="cpu")
    made.save(path)
    assert find_foreign(path) is None
    path.with_suffix(".json").unlink()
    hints = DetectorHints(class_names=made.class_names, anchors=CREATURE)
    opened = Engine.load(path, "cpu", hints)
    assert opened.detector == made.detector
    for found, theirs in zip(opened.predict(IMAGES), made.predict(IMAGES), strict=True):
        np.testing.assert_array_equal(found, theirs)


def test_three_classes_by_number_alone_fit_in_two_ways_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "ssd.params"
    net = randomised(PlainNetwork(3))
    net.collect_params().save(str(path))
    assert_opens_as(path, net)
    assert sentences(path)[-1] == "Its layers fit in two ways: using the tutorial's order."
    net.save_parameters(str(path))  # these names say which is which
    assert "Its layers fit in two ways: using the tutorial's order." not in sentences(path)


@pytest.mark.parametrize(
    ("hints", "reason"),
    [
        (
            DetectorHints(class_names=("a",)),
            "what was told does not fit {path}: it scores 2 classes, but 1 name was told",
        ),
        (
            DetectorHints(class_names=("a", "a")),
            "{path}: class_names must differ, but 'a' is there twice",
        ),
        (DetectorHints(input_size=50), "{path}: input_size must be 64 to 1024, got 50"),
        (
            DetectorHints(anchors=AnchorConfig.of([[0.1]] * 4, [1, 2, 0.5, 3])),
            "what was told does not fit {path}: a cell of its maps has 4, 4, 4, 4, 4 anchors, "
            "finest first, but 4, 4, 4, 4 were told",
        ),
        (DetectorHints(pixel_std=(0, 1, 1)), "{path}: pixel_std.0 must be above 0, got 0"),
    ],
)
def test_what_is_told_must_fit(tmp_path: Path, hints: DetectorHints, reason: str) -> None:
    path = tmp_path / "ssd.params"
    randomised(PlainNetwork()).save_parameters(str(path))
    for opening in (describe_checkpoint, verify_checkpoint, find_foreign):
        with pytest.raises(CheckpointError) as caught:
            opening(path, hints)
        assert str(caught.value) == reason.format(path=path)


def test_weights_of_another_network_want_their_graph(tmp_path: Path) -> None:
    path = tmp_path / "ssd-0010.params"
    for name, missing in (
        ("features.0.mean", "no ssd-symbol.json lies beside it"),
        (
            "anchor_generators.0.anchors",
            "no ssd-symbol.json lies beside it: net.export('ssd') of GluonCV writes it",
        ),
    ):
        mx.nd.save(str(path), {name: mx.nd.ones((2,))})
        with pytest.raises(CheckpointError) as caught:
            describe_checkpoint(path)
        assert str(caught.value) == (
            f"{path} is of no detector that can be opened: its array {name} is of neither a "
            f"convolution nor a batch norm; {missing}"
        )


def test_a_graph_would_not_help_weights_that_are_not_finite(tmp_path: Path) -> None:
    path = tmp_path / "ssd.params"
    mx.nd.save(str(path), {"a.weight": mx.nd.ones((1, 1, 3, 3)), "a.bias": mx.nd.array([np.nan])})
    with pytest.raises(CheckpointError) as caught:
        describe_checkpoint(path)
    assert str(caught.value) == (
        f"{path} is of no detector that can be opened: its array a.bias is not finite"
    )


def test_nothing_is_told_of_what_describes_itself(tmp_path: Path) -> None:
    path = tmp_path / "ours.params"
    made = Engine(("cat",), device="cpu")
    made.save(path)
    with pytest.raises(CheckpointError) as caught:
        describe_checkpoint(path, DetectorHints(input_size=128))
    assert str(caught.value) == f"{path} is described by ours.json: nothing else can be told of it"


def test_an_input_is_proposed_that_all_maps_fit_in(tmp_path: Path) -> None:
    path = tmp_path / "ssd.params"
    randomised(PlainNetwork(1, (4,) * 8), size=512).save_parameters(str(path))
    detector, __ = describe_checkpoint(path)
    assert detector.input_size == 512
    assert [each.name for each in detector.feature_maps[-2:]] == ["1×1", "1×1"]


def test_a_file_is_read_once_and_kept_once(tmp_path: Path) -> None:
    path = tmp_path / "ssd.params"
    wide = randomised(PlainNetwork(3000))
    wide.save_parameters(str(path))
    size = path.stat().st_size
    assert size > 100_000_000

    def bytes_read() -> int:
        return int(Path("/proc/self/io").read_text().split()[1])

    before = bytes_read()
    tracemalloc.start()
    describe_checkpoint(path)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size <= bytes_read() - before < 1.1 * size
    assert most < 1.5 * size


def test_describing_needs_no_mxnet(tmp_path: Path) -> None:
    path = tmp_path / "ssd.params"
    randomised(PlainNetwork()).save_parameters(str(path))
    command = (
        "import sys; from pathlib import Path; "
        "from explorer.engine.checkpoint_files import describe_checkpoint; "
        "print(describe_checkpoint(Path(sys.argv[1]))[0].class_names, 'mxnet' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", command, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "('class 0', 'class 1') False\n"
