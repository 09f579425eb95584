"""What a network says about a whole data set, kept so that thresholds can be tried at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectorConfig, Variances
from explorer.datasets import Batch, CancelledError, RecordDataset, epoch_batches
from explorer.datasets.records.dataset import BadImageError
from explorer.datasets.records.trainable import check_images
from explorer.datasets.walking import Cancelled, Progress
from explorer.engine.decoding import class_probabilities
from explorer.i18n import _
from explorer.ssd.detection import NOT_FINITE, votes
from explorer.ssd.offsets import limit_offsets
from explorer.ssd.predictions import Predictions

if TYPE_CHECKING:
    from explorer.engine import Engine


@dataclass(frozen=True, eq=False)
class RawPredictions:
    """The M candidates of N images, before decoding and NMS.

    Of an image the best comes first, of equal scores the earlier anchor. An anchor votes as in
    `explorer.ssd.detection.detect`, so the other probabilities need not be kept: 32 bytes per
    candidate and no more. A trained network has some hundred of them
    per image; one that knows nothing yet has all its anchors, 170 kB per image for ToySSD.
    """

    anchors: NDArray[np.float32]
    """(A, 4) float32, corner."""
    image: NDArray[np.int32]
    """(M,) int32: ascending."""
    anchor: NDArray[np.int32]
    """(M,) int32."""
    class_id: NDArray[np.int32]
    """(M,) int32."""
    score: NDArray[np.float32]
    """(M,) float32, at least `lowest_score`."""
    offsets: NDArray[np.float32]
    """(M, 4) float32."""
    labels: tuple[NDArray[np.float32], ...]
    """N arrays (G, 5) float32: class_id, corner box, normalised; no padding."""
    class_names: tuple[str, ...]
    variances: Variances
    """Those that the detector learned with."""
    multi_label: bool
    """Whether an anchor may have several candidates."""
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
    engine: Engine,
    dataset: RecordDataset,
    *,
    lowest_score: float = 0.01,
    most_per_image: int = -1,
    batch_size: int = 32,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> RawPredictions:
    """Run a detector on every image of `dataset`.

    Parameters
    ----------
    lowest_score : float
        No threshold below it can be tried later.
    most_per_image : int
        At most this many of an image's best candidates are kept; -1 means all.
    cancelled : callable() -> bool
        Asked between batches.

    Raises
    ------
    ValueError
        If the data set has other classes than the detector, an image cannot be read, or the
        network's output is not finite.
    """
    if dataset.class_names != engine.class_names:
        text = _("the data set has classes {names}, the detector knows {known}")
        raise ValueError(
            text.format(names=", ".join(dataset.class_names), known=", ".join(engine.class_names))
        )
    parts: list[RawPredictions] = []
    done = 0
    for batch in _all_batches(dataset, batch_size, engine.detector.input_size):
        if cancelled is not None and cancelled():
            text = _("stopped after {done} of {total} images")
            raise CancelledError(text.format(done=done, total=len(dataset)))
        predictions = engine.predict(batch.images)
        labels = tuple(batch.labels)
        parts.append(
            raw_predictions(predictions, labels, engine.detector, lowest_score, most_per_image)
        )
        done += len(batch.images)
        if progress is not None:
            progress(done, len(dataset))
    return _joined(parts)


def _all_batches(dataset: RecordDataset, batch_size: int, input_size: int) -> Iterator[Batch]:
    """Yield all images in their order; where one cannot be read, say which others cannot."""
    try:
        yield from epoch_batches(
            dataset,
            batch_size,
            input_size,
            seed=0,
            epoch=0,
            augment_mode="none",
            shuffle=False,
            drop_last=False,
        )
    except BadImageError:
        check_images(dataset)
        raise


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
    if not np.isfinite(offsets).all():
        raise ValueError(_(NOT_FINITE))
    foreground = class_probabilities(detector, predictions)[..., 1:]
    num_anchors, num_classes = foreground.shape[1:]
    rows, class_id, score = votes(
        foreground.reshape(-1, num_classes), np.float32(lowest_score), detector.multi_label
    )
    image, anchor = np.divmod(rows, num_anchors)
    order = np.lexsort((-score, image))  # stable: ties go to the earlier anchor
    if most_per_image > 0:
        first = np.searchsorted(image, image)  # the order of images is the same
        order = order[np.arange(len(image)) - first < most_per_image]
    image, anchor = image[order], anchor[order]
    return RawPredictions(
        anchors=predictions.anchors,
        image=image.astype(np.int32),
        anchor=anchor.astype(np.int32),
        class_id=class_id[order].astype(np.int32),
        score=score[order],
        offsets=offsets[image, anchor],
        labels=tuple(rows[rows[:, 0] >= 0] for rows in labels),
        class_names=detector.class_names,
        variances=detector.variances,
        multi_label=detector.multi_label,
        lowest_score=lowest_score,
    )


def _joined(parts: list[RawPredictions]) -> RawPredictions:
    """Return one after the other as one; all are of the same network."""
    firsts = np.cumsum([0, *(part.num_images for part in parts)])
    names = ("anchor", "class_id", "score", "offsets")
    return replace(
        parts[0],
        image=np.concatenate(
            [part.image + np.int32(first) for part, first in zip(parts, firsts, strict=False)]
        ),
        labels=sum((part.labels for part in parts), ()),
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names},
    )
