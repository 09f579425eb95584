"""A detector on disk: ``NAME.params`` with the weights and ``NAME.json`` that says what they fit.

MXNet's own format has no checksum, and a failed load leaves a network half overwritten. So the
JSON carries the SHA-256 of the weights, it is checked before anything is read, and weights are
always loaded into a new network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectorConfig, DetectorHints
from explorer.engine.checkpoint_files import (
    CheckpointError,
    NotWholeError,
    checked_name,
    description_bytes,
    find_foreign,
    verify_pair,
)
from explorer.engine.foreign.comparison import give_arrays, hold_against_graph
from explorer.engine.foreign.detector import NO_HINTS, ForeignDetector
from explorer.files import sha256, write_together
from explorer.i18n import _, ngettext
from explorer.mxnet_files.arrays import parse_arrays, read_arrays_file
from explorer.net.learning import forward
from explorer.net.networks import Network, build_network
from explorer.net.runtime import Device, mx
from explorer.net.symbol_network import SymbolNetwork, predictions_symbol
from explorer.net.toy_ssd import ToySSD
from explorer.ssd.anchors import anchor_grid

_SAME_ANCHORS = 1e-5
"""Normalised; of single precision."""


def save_checkpoint(
    path: Path, net: Network, detector: DetectorConfig, about: dict[str, Any] | None = None
) -> None:
    """Write the weights to `path` (``….params``) and their description beside them.

    Both are written to temporary names and synced, and the weights read back and compared,
    before either is renamed. So a failure leaves the old pair; a crash just between the two
    renames leaves a description of other weights, which `load_checkpoint` refuses.

    Parameters
    ----------
    about : dict, optional
        Anything JSON that a user may like to know: the recipe, the epoch, figures reached.

    Raises
    ------
    CheckpointError
        If `path` does not end in ``.params``, or a weight is not finite: such weights are never
        saved.
    NotWholeError
        If what was written does not read back the same (a full disk, which MXNet may not
        report).
    OSError
        If the folder cannot be written.
    """
    path = checked_name(path)
    mx.nd.waitall()
    weights = {
        name: parameter.list_data()[0].asnumpy()  # all devices have the same
        for name, parameter in net._collect_params_with_prefix().items()
    }
    for name, values in weights.items():
        if not np.isfinite(values).all():
            text = _("the weights {name} are not finite: nothing was saved")
            raise CheckpointError(text.format(name=name))

    digest = ""
    symbol = net.symbol_json if isinstance(net, SymbolNetwork) else None

    def write_weights(temporary: Path) -> None:
        nonlocal digest
        arrays = {name: mx.nd.array(values) for name, values in weights.items()}
        text = _("{path} could not be written whole, so nothing was saved: is the disk full?")
        save_arrays(temporary, arrays, text.format(path=path))
        digest = sha256(temporary)

    def write_description(temporary: Path) -> None:
        temporary.write_bytes(description_bytes(detector, digest, about or {}, symbol))

    write_together([(path, write_weights), (path.with_suffix(".json"), write_description)])


def save_arrays(path: Path, arrays: dict[str, Any], not_whole: str) -> None:
    """Write MXNet's arrays by name, and read them back: it may report success on a full disk.

    Raises
    ------
    NotWholeError
        If they are not what was written: with the sentence `not_whole`.
    """
    try:
        mx.nd.save(str(path), arrays)
        written = mx.nd.load(str(path))
    except mx.base.MXNetError as error:
        raise NotWholeError(not_whole) from error
    if written.keys() != arrays.keys() or not all(
        np.array_equal(written[name].asnumpy(), array.asnumpy(), equal_nan=True)
        for name, array in arrays.items()
    ):
        raise NotWholeError(not_whole)


def load_checkpoint(
    path: Path,
    device: Device,
    *others: Device,
    expected: DetectorConfig | None = None,
    hints: DetectorHints = NO_HINTS,
) -> tuple[Network, DetectorConfig]:
    """Verify a checkpoint and load it into a new, hybridized and warmed-up network.

    Parameters
    ----------
    device, *others : Device
        Each gets a copy of the weights; `forward` is called on the first.
    expected : DetectorConfig, optional
        What the caller can use; a checkpoint with other classes, anchors or input is refused.
    hints : DetectorHints
        What a user knows of a foreign detector, instead of what would be proposed.

    Raises
    ------
    CheckpointError
        If it is missing, damaged or does not fit; nothing of the caller's is touched.
    """
    path = Path(path)
    foreign = find_foreign(path, hints)
    if foreign is None:
        detector, content = verify_pair(path)
    else:
        detector, content = foreign.detector, foreign.description
    if expected is not None:
        _check_fits(detector, expected)
    size = detector.input_size
    contexts = [each.context for each in (device, *others)]
    try:
        if foreign is None or foreign.reading is None:
            symbol = content.get("symbol")
        else:
            symbol = predictions_symbol(foreign.reading)
        net = build_network(detector, symbol)
        if isinstance(net, SymbolNetwork):
            if foreign is None:
                net.set_arrays(parse_arrays(read_arrays_file(path), path), contexts)
            else:
                net.set_arrays(foreign.weights, contexts)
    except ValueError as error:
        raise CheckpointError(_("{path}: {error}", path=path, error=error)) from error
    try:
        if isinstance(net, ToySSD):
            _give_weights(net, path, foreign, contexts)
        net.hybridize(static_alloc=True, static_shape=True)
        said = forward(net, np.zeros((1, size, size, 3), np.uint8), device)
    except (AssertionError, ValueError, mx.base.MXNetError) as error:
        raise CheckpointError(
            _("{path} does not fit {name}", path=path, name=path.with_suffix(".json").name)
        ) from error
    if isinstance(net, SymbolNetwork):
        _check_anchors(path, said.anchors, detector)
    elif foreign is not None:
        try:
            net.notice = hold_against_graph(net, foreign, device)
        except ValueError as error:
            raise CheckpointError(_("{path}: {error}", path=path, error=error)) from error
    return net, detector


def _give_weights(
    net: ToySSD, path: Path, foreign: ForeignDetector | None, contexts: list[Any]
) -> None:
    if foreign is None:
        net.load_parameters(str(path), ctx=contexts)
        return
    net.initialize(ctx=contexts)
    give_arrays(net, foreign.weights)


def _check_anchors(path: Path, anchors: NDArray[np.float32], detector: DetectorConfig) -> None:
    """Hold the anchors that a graph makes against those that it was read to make."""
    grid = anchor_grid(detector.anchors, detector.feature_maps, detector.input_shape_px)
    apart = np.abs(anchors - grid.boxes).max()
    if not apart < _SAME_ANCHORS:
        text = _("{path}: its graph makes other anchors than its description says, up to {apart:g}")
        raise CheckpointError(text.format(path=path, apart=apart))


def _check_fits(found: DetectorConfig, expected: DetectorConfig) -> None:
    if len(found.class_names) != len(expected.class_names):
        text = _("checkpoint has {found}, expected {expected}")
        raise CheckpointError(text.format(found=_classes(found), expected=_classes(expected)))
    if found.class_names != expected.class_names:
        text = _("checkpoint knows {names}, expected {expected}")
        raise CheckpointError(
            text.format(
                names=", ".join(found.class_names), expected=", ".join(expected.class_names)
            )
        )
    for name in ("architecture", "anchors", "variances"):
        if getattr(found, name) != getattr(expected, name):
            text = _("checkpoint was trained with other {name} than expected")
            raise CheckpointError(text.format(name=name))
    if found.input_size != expected.input_size:
        text = _("checkpoint takes {found} px images, expected {expected} px")
        raise CheckpointError(text.format(found=found.input_size, expected=expected.input_size))


def _classes(detector: DetectorConfig) -> str:
    return ngettext("{n} class", "{n} classes", len(detector.class_names))
