from __future__ import annotations

import asyncio
import hashlib
import io
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest

from explorer.engine import Engine
from explorer.pages.detect.loaded_detector import LoadedDetector
from explorer.pages.detect.takeaway.detector_files import detector_file
from explorer.pages.shared.pictures.pictures import Picture


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "my-cats 2.params"
    Engine(("cat",), input_size=64, device="cpu").save(path)
    return path


@pytest.fixture
def detector(checkpoint: Path) -> LoadedDetector:
    loaded = LoadedDetector(ThreadPoolExecutor(1))
    loaded.path = str(checkpoint)
    asyncio.run(loaded.read(Picture(np.zeros((64, 64, 3), np.uint8), "dark")))
    assert loaded.reading is not None
    return loaded


def test_as_onnx(detector: LoadedDetector, checkpoint: Path) -> None:
    file = detector_file(detector, "onnx")()
    assert file.name == "my-cats 2.onnx"
    about = {each.key: each.value for each in onnx.load_from_string(file.content).metadata_props}
    assert about["weights_sha256"] == hashlib.sha256(checkpoint.read_bytes()).hexdigest()


def test_for_pytorch(detector: LoadedDetector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    file = detector_file(detector, "torch")()
    assert (file.name, file.media_type) == ("my-cats 2-pytorch.zip", "application/zip")
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        assert archive.namelist() == ["my_cats_2.py", "my_cats_2.safetensors"]
        assert b"CLASS_NAMES = ('cat',)" in archive.read("my_cats_2.py")


def test_before_a_model_is_loaded() -> None:
    with pytest.raises(ValueError, match="choose a model"):
        detector_file(LoadedDetector(ThreadPoolExecutor(1)), "onnx")
