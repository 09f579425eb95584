"""A detector as a PyTorch module that people can read, and its weights as safetensors."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import TOY_SSD_KEY, DetectorConfig
from explorer.engine.decoding import class_probabilities
from explorer.engine.export.exported import (
    Exported,
    Outputs,
    Trial,
    about,
    largest_difference,
    trial,
)
from explorer.i18n import _
from explorer.net.networks import Network
from explorer.net.runtime import Device

_MODULE = Path(__file__).with_name("toy_ssd_module.py")
_LINE_LENGTH = 100
_NAMES = {"gamma": "weight", "beta": "bias"}
"""Of batch norm's parameters, MXNet's and PyTorch's; all others have one name in both."""

_RUN = """\
import sys
sys.path.insert(0, sys.argv[1])
import numpy, torch
from exported import load
with torch.no_grad():
    said = load()(torch.from_numpy(numpy.load(sys.argv[1] + "/images.npy")))
numpy.savez(sys.argv[1] + "/said.npz", **{name: x.numpy() for name, x in said._asdict().items()})
print(torch.__version__)
"""
"""What is written is run in a process of its own: as its users will, and without MXNet, whose
libraries need not bear PyTorch's beside them.
"""


def as_torch(net: Network, detector: DetectorConfig, device: Device, checksum: str) -> Exported:
    """Return a network as a PyTorch module with weights, compared with MXNet where torch is there.

    The module is `explorer.engine.export.toy_ssd_module` with the detector's values. The metadata
    of the weights is `about` of `explorer.engine.export.exported`.

    Parameters
    ----------
    detector : DetectorConfig
        Of that network.
    device : Device
        Where the network is.
    checksum : str
        The SHA-256 of its weights as hex.

    Raises
    ------
    ValueError
        If the network is not ToySSD with softmax, or the module does not say what MXNet says.
    """
    if detector.architecture != TOY_SSD_KEY:
        text = _(
            "only ToySSD is written for PyTorch, and this detector is {name}: export it as ONNX"
        )
        raise ValueError(text.format(name=detector.architecture))
    if detector.class_activation != "softmax":
        raise ValueError(_("only softmax is written for PyTorch, not sigmoid: export it as ONNX"))
    from safetensors.numpy import save

    tried = trial(net, detector, device)
    class_probabilities(detector, tried.said)  # refuses what is not finite
    contents = {
        ".py": module_source(detector).encode(),
        ".safetensors": save(_weights(net), about(detector, checksum)),
    }
    if importlib.util.find_spec("torch") is None:
        return Exported(contents, None, None)
    reader, found = _run(contents, tried)
    return Exported(contents, reader, largest_difference(reader, found, tried.said._asdict()))


def module_source(detector: DetectorConfig) -> str:
    """Return the text of the module, with the values of a detector."""
    values = {
        "CLASS_NAMES": detector.class_names,
        "INPUT_SIZE": detector.input_size,
        "SIZES": tuple(layer.sizes for layer in detector.anchors.layers),
        "RATIOS": tuple(layer.ratios for layer in detector.anchors.layers),
        "CHANNEL_ORDER": detector.channel_order,
        "PIXEL_MEAN": detector.pixel_mean,
        "PIXEL_STD": detector.pixel_std,
        "VARIANCES": detector.variances,
    }
    source = _MODULE.read_text(encoding="utf-8")
    for name, value in values.items():
        line = f"{name} = {_literal(value, len(name) + 3)}"
        source = re.sub(rf"^{name} = .*$", lambda _found: line, source, flags=re.MULTILINE)  # noqa: B023
    return source


def _literal(value: Any, column: int = 0) -> str:
    """Return a value as Python, an item a line where it is long."""
    text = f'"{value}"' if value in ("rgb", "bgr") else repr(value)
    if not isinstance(value, tuple) or column + len(text) <= _LINE_LENGTH:
        return text
    return "(\n" + "".join(f"    {each!r},\n" for each in value) + ")"


def _weights(net: Network) -> dict[str, NDArray[np.float32]]:
    weights = {}
    for name, parameter in net._collect_params_with_prefix().items():
        block, _dot, kind = name.rpartition(".")
        weights[f"{block}.{_NAMES.get(kind, kind)}"] = parameter.list_data()[0].asnumpy()
    return weights


def _run(contents: Mapping[str, bytes], tried: Trial) -> tuple[str, Outputs]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for ending, content in contents.items():
            (folder / f"exported{ending}").write_bytes(content)
        np.save(folder / "images.npy", tried.images.transpose(0, 3, 1, 2).astype(np.float32))
        done = subprocess.run(
            [sys.executable, "-c", _RUN, name], capture_output=True, text=True, check=False
        )
        if done.returncode:
            text = _("PyTorch cannot run the exported network, so nothing was written: {error}")
            raise ValueError(text.format(error=(done.stderr.splitlines() or ["?"])[-1]))
        with np.load(folder / "said.npz") as said:
            return f"PyTorch {done.stdout.strip()}", dict(said)
