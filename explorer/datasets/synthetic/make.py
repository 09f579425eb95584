"""Make a synthetic data set: two record files, their indexes and lists, and `dataset.json`."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from explorer.datasets.description import SPLITS, Description
from explorer.datasets.folder_in_place import CancelledError, folder_in_place
from explorer.datasets.records.split_writer import SplitWriter
from explorer.datasets.synthetic.backgrounds import photographs
from explorer.datasets.synthetic.scenes import Scene, compose
from explorer.datasets.synthetic.variants import VARIANTS
from explorer.datasets.walking import Cancelled, Progress
from explorer.i18n import _

GENERATOR_VERSION = 1
"""Raised whenever the same seed would no longer give the same bytes."""

_GOLDEN = 0.6180339887498949
"""Multiples of it, modulo 1, fill [0, 1) evenly however many there are."""


def make(
    variant: str,
    out_dir: Path,
    seed: int = 0,
    num_train: int = 900,
    num_val: int = 100,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    replace: bool = False,
) -> Path:
    """Make a synthetic data set and return its folder.

    The same arguments give the same bytes, with the same versions of numpy, OpenCV and Pillow.
    Everything is written to a folder beside `out_dir`, which takes its name at the end;
    whatever goes wrong, nothing else is left.

    Parameters
    ----------
    variant : str
        One of `VARIANTS`.
    out_dir : Path
        The data set's own folder; must not exist unless `replace`.
    progress : callable(done, total)
        From the calling thread.

    Raises
    ------
    ValueError
        If the variant is unknown or a number is negative.
    FileExistsError
        If the folder exists and `replace` is False.
    OSError
        If the folder cannot be written or the disk is full.
    """
    if variant not in VARIANTS:
        text = _("no variant is called {variant!r}; known are: {names}")
        raise ValueError(text.format(variant=variant, names=", ".join(VARIANTS)))
    if seed < 0 or num_train < 1 or num_val < 1:
        text = _(
            "seed must be 0 or more and each split needs an image, got seed {seed}, {num_train} "
            "and {num_val}"
        )
        raise ValueError(text.format(seed=seed, num_train=num_train, num_val=num_val))
    out_dir = Path(out_dir)
    if out_dir.exists() and not replace:
        text = _("{out_dir} exists already; ask to replace it to make it again")
        raise FileExistsError(text.format(out_dir=out_dir))
    counts = dict(zip(SPLITS, (num_train, num_val), strict=True))
    total = num_train + num_val
    done = 0
    with folder_in_place(out_dir) as folder:
        splits = {}
        for split, count in counts.items():
            made = contextlib.closing(_scenes(variant, split, seed, count))
            with made as scenes, SplitWriter(folder, split) as writer:
                for number, scene in enumerate(scenes):
                    writer.add(scene.labels, scene.jpeg, f"{split}/{number:05d}.jpg")
                    done += 1
                    if progress is not None:
                        progress(done, total)
                    if cancelled is not None and cancelled():
                        text = _("stopped after {done} of {total} images")
                        raise CancelledError(text.format(done=done, total=total))
            splits[split] = writer.description()
        Description(
            class_names=VARIANTS[variant].species,
            splits=splits,
            variant=variant,
            seed=seed,
            generator_version=GENERATOR_VERSION,
        ).save(folder)
    return out_dir


def _scenes(variant: str, split: str, seed: int, count: int) -> Generator[Scene, None, None]:
    """Yield the scenes in order, made by two threads; each has a generator of its own."""
    variant_number = list(VARIANTS).index(variant)
    split_number = SPLITS.index(split)
    photos = photographs(split)
    common = np.random.default_rng([seed, variant_number, split_number])
    order = common.permutation(len(photos))
    shift = common.random()

    def scene(number: int) -> Scene:
        return compose(
            VARIANTS[variant],
            photos[order[number % len(photos)]],
            validation=split == "val",
            size_fraction=(shift + number * _GOLDEN) % 1.0,
            # Counted from 1: a trailing 0 would seed the same generator as none.
            rng=np.random.default_rng([seed, variant_number, split_number, number + 1]),
        )

    pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="scenes")
    try:
        yield from pool.map(scene, range(count))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
