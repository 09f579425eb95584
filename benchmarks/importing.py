"""How fast a user's own images are read, split and built, and how much memory that takes."""

from __future__ import annotations

import io
import os
import resource
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.own_process import OwnProcess
from explorer.datasets import dataset_path, open_dataset
from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.doctor import Kind, examine
from explorer.datasets.importers import read_annotations
from explorer.datasets.own.build import build_dataset
from explorer.datasets.own.near_duplicates import near_duplicates
from explorer.datasets.own.split import split_images

NUM_IMAGES = 10_000
DISTINCT = 50
SIDE_PX = 500, 375
MEMORY_LIMIT_MB = 600
LEAST_RATIO = 0.8
ROUNDS = 5


def main(quick: bool) -> None:
    """Generate images with VOC labels, import them, and print rates and limits."""
    num_images = 1_000 if quick else NUM_IMAGES
    with tempfile.TemporaryDirectory(dir=dataset_path("sample").parent, prefix=".bench-") as place:
        folder = Path(place) / "own"
        num_bytes = generate(folder, num_images)
        mean_kb = num_bytes / num_images / 1000
        print(f"Importing {num_images:,} JPEGs of {mean_kb:.0f} kB with Pascal VOC labels:")
        with OwnProcess(Importing, folder, Path(place) / "built") as importing:
            for what in ("read", "examine", "compare", "split"):
                seconds = importing.call(what)
                print(f"  {what:8}{num_images / seconds:9,.0f} images/s")
            # By turns: what disturbs the machine disturbs both. How long the disk takes for the
            # same bytes differs by a factor of four, so the middle of the rounds counts.
            turns = [
                (bare_copy(folder, Path(place)), importing.call("build")) for _ in range(ROUNDS)
            ]
            copied, built = (statistics.median(seconds) for seconds in zip(*turns, strict=True))
            print(f"  copy    {num_images / copied:9,.0f} images/s, nothing but the bytes")
            print(f"  build   {num_images / built:9,.0f} images/s, read back and compared")
            importing.call("check", num_images)
            peak = importing.call("peak_mb")
    each = [copy / build for copy, build in turns]
    ratio = statistics.median(each)
    rounds = ", ".join(f"{value:.2f}" for value in each)
    print(
        f"  build / copy {ratio:.2f} (limit: at least {LEAST_RATIO}){_mark(ratio >= LEAST_RATIO)}: "
        f"each round {rounds}"
    )
    within = peak <= MEMORY_LIMIT_MB
    print(f"  peak memory {peak:.0f} MB (limit {MEMORY_LIMIT_MB} MB){_mark(within)}")


class Importing:
    """The steps of an import, each with its seconds; meant for a process of its own."""

    def __init__(self, folder: Path, out: Path) -> None:
        self._folder, self._out = folder, out
        self._annotations: AnnotationSet
        self._alike: list[frozenset[str]]
        self._split: dict[str, str]

    def read(self) -> float:
        """Read the label files."""
        started = time.perf_counter()
        self._annotations = read_annotations(self._folder)
        return time.perf_counter() - started

    def examine(self) -> float:
        """Have the label doctor look at every image and judge every label."""
        started = time.perf_counter()
        report = examine(self._annotations)
        seconds = time.perf_counter() - started
        wrong = {finding.kind for finding in report.findings} - {Kind.DUPLICATE_IMAGE}
        if wrong:
            raise RuntimeError(f"the generated set is good, but was found to be {wrong}")
        return seconds

    def compare(self) -> float:
        """Look for images that are alike."""
        started = time.perf_counter()
        self._alike = near_duplicates(self._annotations.images)
        return time.perf_counter() - started

    def split(self) -> float:
        """Split, without those groups: a few distinct images would be a few groups."""
        started = time.perf_counter()
        self._split = split_images(self._annotations, 0.1)
        return time.perf_counter() - started

    def build(self) -> float:
        """Build the record files again."""
        shutil.rmtree(self._out, ignore_errors=True)
        os.sync()
        started = time.perf_counter()
        build_dataset(self._annotations, self._split, self._out)
        return time.perf_counter() - started

    def check(self, num_images: int) -> None:
        """Fail unless the set that was built opens and is whole."""
        found = sum(len(open_dataset(self._out, side)) for side in ("train", "val"))
        if found != num_images:
            raise RuntimeError(f"{found} of {num_images} images were built")

    def peak_mb(self) -> float:
        """Return the most memory that this process has had."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def generate(folder: Path, num_images: int) -> int:
    """Write JPEGs of `DISTINCT` kinds, each a file of its own, with labels; return their bytes."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    jpegs = []
    for _ in range(DISTINCT):
        coarse = Image.fromarray(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8))
        stream = io.BytesIO()
        coarse.resize(SIDE_PX, Image.Resampling.BICUBIC).save(stream, "JPEG", quality=90)
        jpegs.append(stream.getvalue())
    width, height = SIDE_PX
    size = f"<size><width>{width}</width><height>{height}</height></size>"
    for number in range(num_images):
        (folder / f"{number:05}.jpg").write_bytes(jpegs[number % DISTINCT])
        x, y = (int(value) for value in rng.integers(1, 200, 2))
        box = f"<xmin>{x}</xmin><ymin>{y}</ymin><xmax>{x + 99}</xmax><ymax>{y + 149}</ymax>"
        name = f"<name>class {number % 5}</name>"
        (folder / f"{number:05}.xml").write_text(
            f"<annotation><filename>{number:05}.jpg</filename>{size}"
            f"<object>{name}<bndbox>{box}</bndbox></object></annotation>"
        )
    return sum(len(jpegs[number % DISTINCT]) for number in range(num_images))


def bare_copy(folder: Path, place: Path) -> float:
    """Return the seconds to copy each JPEG into another folder, down to the disk."""
    target = place / "copied"
    target.mkdir()
    files = sorted(folder.glob("*.jpg"))
    os.sync()
    started = time.perf_counter()
    for path in files:
        shutil.copyfile(path, target / path.name)
    os.sync()  # what is built is on the disk, too
    seconds = time.perf_counter() - started
    shutil.rmtree(target)
    return seconds


def _mark(good: bool) -> str:
    return "" if good else "  MISSED"
