"""A detector on disk: ``NAME.params`` with the weights and ``NAME.json`` that says what they fit.

MXNet's own format has no checksum, and a failed load leaves a network half overwritten. So the
JSON carries the SHA-256 of the weights, it is checked before anything is read, and weights are
always loaded into a new network.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from explorer.config import DetectorConfig, explain
from explorer.files import sha256, write_atomically, write_json
from explorer.net.learning import forward
from explorer.net.runtime import Device, mx
from explorer.net.toy_ssd import ToySSD

__all__ = ["CheckpointError", "describe_checkpoint", "load_checkpoint", "save_checkpoint"]


class CheckpointError(ValueError):
    """A checkpoint is missing, damaged, or does not fit; one sentence says which."""


def save_checkpoint(
    path: Path, net: ToySSD, detector: DetectorConfig, about: dict[str, Any] | None = None
) -> None:
    """Write the weights to `path` (``….params``) and their description beside them.

    The weights are written to a temporary name, synced, read back and compared, and renamed;
    the description follows. So a crash at any moment leaves a pair that loads or is refused.

    Parameters
    ----------
    about : dict, optional
        Anything JSON that a reader may like to know: the recipe, the epoch, figures reached.

    Raises
    ------
    CheckpointError
        If a weight is not finite (such weights are never saved), or if what was written does
        not read back the same (a full disk, which MXNet may not report).
    OSError
        If the folder cannot be written.
    """
    mx.nd.waitall()
    weights = {
        name: parameter.data().asnumpy()
        for name, parameter in net._collect_params_with_prefix().items()
    }
    for name, values in weights.items():
        if not np.isfinite(values).all():
            raise CheckpointError(f"the weights {name} are not finite: nothing was saved")

    def write(temporary: Path) -> None:
        net.save_parameters(str(temporary))
        written = mx.nd.load(str(temporary))
        same = written.keys() == weights.keys() and all(
            np.array_equal(written[name].asnumpy(), values) for name, values in weights.items()
        )
        if not same:
            raise CheckpointError(f"{path} did not read back as written: is the disk full?")

    path = Path(path)
    write_atomically(path, write)
    write_json(
        path.with_suffix(".json"),
        {
            "detector": detector.model_dump(mode="json"),
            "sha256": sha256(path),
            "about": about or {},
        },
    )


def describe_checkpoint(path: Path) -> tuple[DetectorConfig, dict[str, Any]]:
    """Return what the JSON beside `path` says: the detector's configuration, and `about`.

    Raises
    ------
    CheckpointError
        If either file is missing, or the JSON is not one of ours.
    """
    path = Path(path)
    description = path.with_suffix(".json")
    for needed in (path, description):
        if not needed.is_file():
            raise CheckpointError(f"checkpoint file {needed} does not exist")
    try:
        content = json.loads(description.read_text(encoding="utf-8"))
        return DetectorConfig.model_validate(content["detector"]), content
    except ValidationError as error:
        raise CheckpointError(f"{description} does not describe a detector: {explain(error)}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{description} does not describe a detector: {error!r}") from error


def load_checkpoint(
    path: Path, device: Device, expected: DetectorConfig | None = None
) -> tuple[ToySSD, DetectorConfig]:
    """Verify a checkpoint and load it into a new, hybridized and warmed-up network.

    Parameters
    ----------
    expected : DetectorConfig, optional
        What the caller can use; a checkpoint with other classes, anchors or input is refused.

    Raises
    ------
    CheckpointError
        If it is missing, damaged or does not fit; nothing of the caller's is touched.
    """
    path = Path(path)
    detector, content = describe_checkpoint(path)
    if expected is not None:
        _check_fits(detector, expected)
    if sha256(path) != content.get("sha256"):
        raise CheckpointError(
            f"{path} is damaged: its SHA-256 is not the one in {path.with_suffix('.json').name}"
        )
    net = ToySSD(len(detector.class_names), detector.anchors)
    try:
        net.load_parameters(str(path), ctx=device.context)
    except (AssertionError, ValueError, mx.base.MXNetError) as error:
        reason = str(error).strip().splitlines()[0]
        raise CheckpointError(f"{path} does not fit its description: {reason}") from error
    net.hybridize(static_alloc=True, static_shape=True)
    size = detector.input_size
    forward(net, np.zeros((1, size, size, 3), np.uint8), device)
    return net, detector


def _check_fits(found: DetectorConfig, expected: DetectorConfig) -> None:
    if len(found.class_names) != len(expected.class_names):
        raise CheckpointError(
            f"checkpoint has {_classes(found)}, expected {_classes(expected)}"
        )
    if found.class_names != expected.class_names:
        raise CheckpointError(
            f"checkpoint knows {', '.join(found.class_names)}, "
            f"expected {', '.join(expected.class_names)}"
        )
    if found.anchors != expected.anchors:
        raise CheckpointError("checkpoint was trained with other anchors than expected")
    if found.input_size != expected.input_size:
        raise CheckpointError(
            f"checkpoint takes {found.input_size} px images, expected {expected.input_size} px"
        )


def _classes(detector: DetectorConfig) -> str:
    count = len(detector.class_names)
    return f"{count} class" if count == 1 else f"{count} classes"
