"""One image from its pixels to boxes, as the detect page does it, against the bare network."""

from __future__ import annotations

import io
import time
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.config import DetectConfig, MatchConfig
from explorer.data_folders import shipped_root
from explorer.datasets import open_dataset
from explorer.engine import Engine
from explorer.images import read_image, resize
from explorer.net.learning import to_input
from explorer.net.runtime import mx
from explorer.pages.detect.reading import NetworkOutput, Reading
from explorer.pages.shared.pictures.pictures import Picture

LIMIT = 1.3
"""All stages of a detection, as a multiple of the bare forward pass."""


def main(quick: bool) -> None:
    """Measure a sample and a large photograph with the shipped detector, one thread."""
    engine = Engine.load(shipped_root() / "pretrained" / "creature.params", "cpu")
    sample = open_dataset("sample", "val")[0].image
    large = np.asarray(Image.fromarray(sample).resize((1600, 1200)))
    print("From an image to boxes, on 1 thread, by turns with the bare forward pass:")
    for name, image in (("256 × 256 px", sample), ("1600 × 1200 px", large)):
        stages, bare = measure(engine, image, 10 if quick else 60)
        total = sum(stages.values())
        split = ", ".join(f"{stage} {1e3 * seconds:.2f}" for stage, seconds in stages.items())
        print(
            f"  {name:16} {1e3 * total:6.2f} ms, bare {1e3 * bare:6.2f} ms, "
            f"ratio {total / bare:.3f} (limit {LIMIT}): {split} ms"
        )
        packed = io.BytesIO()
        Image.fromarray(image).save(packed, "JPEG", quality=90)
        began = time.perf_counter()
        read_image(packed.getvalue())
        print(
            f"  {'':16} reading it from a JPEG: {1e3 * (time.perf_counter() - began):.2f} ms more"
        )


def measure(engine: Engine, image: np.ndarray, repeats: int) -> tuple[dict[str, float], float]:
    """Return median seconds of each stage, and of the bare forward pass of the same image."""
    picture = Picture(image, "image")
    size = engine.detector.input_size
    config = DetectConfig(variances=MatchConfig().variances)
    ready = to_input(engine.net, resize(image, size, size)[None], engine.device)
    rounds: dict[str, list[float]] = {name: [] for name in ("resize", "network", "decode and NMS")}
    bare = []
    for _number in range(repeats):
        began = time.perf_counter()
        engine.net(ready)
        mx.nd.waitall()
        bare.append(time.perf_counter() - began)

        began = time.perf_counter()
        small = resize(image, size, size)
        resized = time.perf_counter()
        said = engine.predict([small])
        output = NetworkOutput(
            Path("shipped"), engine, picture, said,
            resize_s=resized - began, network_s=time.perf_counter() - resized,
        )  # fmt: skip
        seconds = Reading.of(output, config).seconds
        rounds["resize"].append(seconds.resize)
        rounds["network"].append(seconds.network)
        rounds["decode and NMS"].append(seconds.decode_and_nms)
    return {name: float(np.median(taken)) for name, taken in rounds.items()}, float(np.median(bare))
