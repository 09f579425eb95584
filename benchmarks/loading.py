"""How fast batches are made: read, decoded, augmented, padded."""

from __future__ import annotations

import time

from explorer.config import recipe
from explorer.datasets import ensure_dataset, epoch_batches, open_dataset


def main(quick: bool) -> None:
    """Measure each way to augment on the creature set, batch 32 at 256 px, and print."""
    ensure_dataset("creature")
    print("Loading the creature set, batch 32 at 256 px, nothing else running:")
    for mode in ("none", "crop", "full"):
        speed = images_per_second("creature", mode, 5 if quick else 28)
        default = " (the default)" if mode == recipe("fast").augment else ""
        print(f"  augment {mode:5}{speed:7.0f} images/s{default}")


def images_per_second(dataset: str, augment: str, num_batches: int) -> float:
    """Return how many images a second are ready for a step that takes no time."""
    batches = epoch_batches(open_dataset(dataset, "train"), 32, 256, 0, 0, augment)
    started = time.perf_counter()
    images = 0
    for _, batch in zip(range(num_batches), batches, strict=False):
        images += len(batch.images)
    batches.close()
    return images / (time.perf_counter() - started)
