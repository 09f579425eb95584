"""What a network says about a whole data set, kept so that thresholds can be tried at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectorConfig, Variances
from explorer.datasets import CancelledError, RecordDataset, epoch_batches
from explorer.i18n import _
from explorer.ssd.detection import NOT_FINITE
from explorer.ssd.probabilities import softmax

if TYPE_CHECKING:
    from explorer.net.toy_ssd import Predictions

__all__ = ["RawPredictions", "limit_offsets", "predict_dataset", "raw_predictions"]

WILDEST_OFFSET = 400.0
"""A box is then e**80 anchors wide: cut at the image's border it is the same as any wider one."""

Forward = Callable[[NDArray[np.uint8]], "Predictions"]


@dataclass(frozen=True, eq=False)
class RawPredictions:
    """The M anchors of N images that believe in an object, before decoding and NMS.

    Of an image the best comes first, of equal scores the earlier anchor. An anchor votes for its
    best foreground class only, as in `explorer.ssd.detection.detect`, so the other probabilities
    need not be kept: 32 bytes per candidate and no more. A trained network has some hundred of them
    per image; one that knows nothing yet has all its anchors, 170 kB per image for ToySSD.

    Attributes
    ----------
    anchors : (A, 4) float32, corner
    image : (M,) int32
        Ascending.
    anchor : (M,) int32
    class_id : (M,) int32
    score : (M,) float32, at least `lowest_score`
    offsets : (M, 4) float32
    labels : N arrays (G, 5) float32
        class_id, corner box, normalised; no padding.
    class_names : tuple of str
    variances : 4 floats
        Those that the detector learned with.
    lowest_score : float
    """

    anchors: NDArray[np.float32]
    image: NDArray[np.int32]
    anchor: NDArray[np.int32]
    class_id: NDArray[np.int32]
    score: NDArray[np.float32]
    offsets: NDArray[np.float32]
    labels: tuple[NDArray[np.float32], ...]
    class_names: tuple[str, ...]
    variances: Variances
    lowest_score: float

    @property
    def num_images(self) -> int:
        """N, images without any candidate included."""
        return len(self.labels)

    @property
    def num_objects(self) -> int:
        """Ground truths on all images."""
        return sum(len(each) for each in self.labels)


def predict_dataset(
    forward: Forward,
    detector: DetectorConfig,
    dataset: RecordDataset,
    *,
    lowest_score: float = 0.01,
    most_per_image: int = -1,
    batch_size: int = 32,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RawPredictions:
    """Run a network on every image of `dataset`.

    Parameters
    ----------
    forward : callable
        (B, S, S, 3) uint8 RGB to `Predictions`, for example `Engine.predict`.
    lowest_score : float
        No threshold below it can be tried later.
    most_per_image : int
        At most this many of an image's best candidates are kept; -1 means all.
    progress : callable(done, total), in images
    cancelled : callable() -> bool
        Asked between batches.

    Raises
    ------
    CancelledError
        If `cancelled` returned True.
    ValueError
        If the data set has other classes than the detector, an image cannot be read, or the
        network's output is not finite.
    """
    if dataset.class_names != detector.class_names:
        text = _("the data set has classes {names}, the detector knows {known}")
        raise ValueError(
            text.format(names=", ".join(dataset.class_names), known=", ".join(detector.class_names))
        )

    def parts() -> Iterator[RawPredictions]:
        done = 0
        for batch in epoch_batches(
            dataset,
            batch_size,
            detector.input_size,
            seed=0,
            epoch=0,
            augment_mode="none",
            shuffle=False,
            drop_last=False,
        ):
            if cancelled is not None and cancelled():
                text = _("stopped after {done} of {total} images")
                raise CancelledError(text.format(done=done, total=len(dataset)))
            yield raw_predictions(
                forward(batch.images),
                tuple(batch.labels),
                detector,
                lowest_score,
                most_per_image,
            )
            done += len(batch.images)
            if progress is not None:
                progress(done, len(dataset))

    return _joined(list(parts()))


def raw_predictions(
    predictions: Predictions,
    labels: tuple[NDArray[np.float32], ...],
    detector: DetectorConfig,
    lowest_score: float,
    most_per_image: int = -1,
) -> RawPredictions:
    """Return the candidates of one batch.

    Parameters
    ----------
    labels : B arrays (G, 5) float32
        Rows of -1 are padding.

    Raises
    ------
    ValueError
        If the network's output is not finite.
    """
    offsets = limit_offsets(predictions.offsets)
    if not (np.isfinite(predictions.class_scores).all() and np.isfinite(offsets).all()):
        raise ValueError(_(NOT_FINITE))
    foreground = softmax(predictions.class_scores)[..., 1:]
    best = foreground.argmax(axis=-1)
    score = foreground.max(axis=-1)
    image, anchor = np.nonzero(score >= np.float32(lowest_score))
    order = np.lexsort((-score[image, anchor], image))  # stable: of equals the earlier anchor
    image, anchor = image[order], anchor[order]
    if most_per_image > 0:
        first = np.searchsorted(image, image)
        kept = np.arange(len(image)) - first < most_per_image
        image, anchor = image[kept], anchor[kept]
    return RawPredictions(
        anchors=predictions.anchors,
        image=image.astype(np.int32),
        anchor=anchor.astype(np.int32),
        class_id=best[image, anchor].astype(np.int32),
        score=score[image, anchor],
        offsets=offsets[image, anchor],
        labels=tuple(rows[rows[:, 0] >= 0] for rows in labels),
        class_names=detector.class_names,
        variances=detector.variances,
        lowest_score=lowest_score,
    )


def limit_offsets(offsets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return offsets whose boxes have finite sides, also of a network that training has shaken.

    It may recover from that. NaN and infinity stay, and are an error of whoever decodes them.
    """
    limited = offsets.clip(-WILDEST_OFFSET, WILDEST_OFFSET)
    return np.where(np.isfinite(offsets), limited, offsets)


def _joined(parts: list[RawPredictions]) -> RawPredictions:
    """Return one after the other as one; all are of the same network."""
    firsts = np.cumsum([0, *(part.num_images for part in parts)])
    names = ("anchor", "class_id", "score", "offsets")
    return RawPredictions(
        anchors=parts[0].anchors,
        image=np.concatenate(
            [part.image + np.int32(first) for part, first in zip(parts, firsts, strict=False)]
        ),
        labels=sum((part.labels for part in parts), ()),
        class_names=parts[0].class_names,
        variances=parts[0].variances,
        lowest_score=parts[0].lowest_score,
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names},
    )
