"""pycocotools is the oracle: who finds whom is the same on any input, ties included."""

from __future__ import annotations

import contextlib
import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from explorer.evaluation.detection_matching import match_detections
from explorer.ssd.detection import Detections, detect
from tests.decoding import detect_config
from tests.ssd.inputs import GRID, random_boxes


def some_detections(
    rng: np.random.Generator, count: int, num_classes: int, on_grid: bool
) -> Detections:
    """Everything that a detector might say: no NMS, many equal scores."""
    boxes = random_boxes(rng, count, on_grid, least_size=1 / GRID)
    prob = rng.integers(0, 9, (count, num_classes + 1)).astype(np.float32) / 8
    config = detect_config(score_threshold=0, nms_iou_threshold=1, nms_topk=-1, clip=False)
    return detect(boxes, prob, np.zeros((count, 4)), config)


def near(rng: np.random.Generator, boxes: np.ndarray, count: int, on_grid: bool) -> np.ndarray:
    """Some of `boxes`, pushed a little."""
    chosen = boxes[rng.integers(0, len(boxes), count)].astype(np.float64)
    push = rng.integers(-1, 2, (count, 2)) / GRID if on_grid else rng.normal(0, 0.03, (count, 2))
    return (chosen + np.tile(push, 2)).astype(np.float32)


def coco_matches(detections: Detections, labels: np.ndarray, iou_threshold: float) -> list[int]:
    def rows(boxes: np.ndarray) -> list[list[float]]:
        wide = boxes.astype(np.float64)
        return np.concatenate([wide[:, :2], wide[:, 2:] - wide[:, :2]], axis=1).tolist()

    truth = [
        {"id": i + 1, "image_id": 0, "category_id": int(c), "bbox": b, "area": 1.0, "iscrowd": 0}
        for i, (c, b) in enumerate(zip(labels[:, 0], rows(labels[:, 1:]), strict=True))
    ]
    said = [
        {"image_id": 0, "category_id": int(c), "score": float(s), "bbox": b}
        for c, s, b in zip(
            detections.class_id, detections.score, rows(detections.boxes), strict=True
        )
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "info": {},
            "images": [{"id": 0, "width": 1, "height": 1}],
            "categories": [{"id": k, "name": str(k)} for k in range(4)],
            "annotations": truth,
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(said), iouType="bbox")
        evaluation.params.iouThrs = np.array([iou_threshold])
        evaluation.params.maxDets = [10_000]
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.evaluate()
    found = [-1] * len(said)
    for each in filter(None, evaluation.evalImgs):  # one a class
        for row, gt in zip(each["dtIds"], each["dtMatches"][0], strict=True):
            found[int(row) - 1] = int(gt) - 1
    return found


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 40),
    num_gt=st.integers(1, 8),
    num_classes=st.integers(1, 3),
    on_grid=st.booleans(),
    iou_threshold=st.sampled_from([0.25, 0.5, 0.75]),
)
def test_the_same_as_coco(
    seed: int, count: int, num_gt: int, num_classes: int, on_grid: bool, iou_threshold: float
) -> None:
    rng = np.random.default_rng(seed)
    detections = some_detections(rng, count, num_classes, on_grid)
    classes = rng.integers(0, num_classes, (num_gt, 1))
    labels = np.concatenate([classes, near(rng, detections.boxes, num_gt, on_grid)], axis=1)
    ours = match_detections(detections, labels.astype(np.float32), iou_threshold)
    assert ours.tolist() == coco_matches(detections, labels, iou_threshold)


def test_by_hand() -> None:
    boxes = np.float32([[0, 0, 0.5, 0.5], [0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1], [0, 0, 0.5, 0.25]])
    prob = np.float32([[0, 0.9, 0], [0, 0.8, 0], [0, 0, 0.7], [0, 0.6, 0]])
    config = detect_config(nms_iou_threshold=1, nms_topk=-1)
    detections = detect(boxes, prob, np.zeros((4, 4)), config)
    assert detections.anchor.tolist() == [0, 2, 3]  # the second is the first once more
    labels = np.float32(
        [[1, 0, 0, 0.5, 0.5], [0, 0, 0, 0.5, 0.5], [-1, 0.5, 0.5, 1, 1], [0, 0, 0, 0.5, 0.5]]
    )
    # Of two equal objects the last; another class and an unknown one are found by nobody.
    assert match_detections(detections, labels).tolist() == [3, -1, 1]
    assert match_detections(detections, labels[:0]).tolist() == [-1, -1, -1]
    config = config.with_(score_threshold=1.0)
    nothing = detect(boxes, prob, np.zeros((4, 4)), config)
    assert match_detections(nothing, labels).tolist() == []
