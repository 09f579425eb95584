"""ToySSD, a small SSD object detector, in PyTorch.

    from PIL import Image

    picture = np.asarray(Image.open("picture.jpg").convert("RGB"))
    for found in load().detect(picture):
        print(found.class_name, found.score, found.box)

The weights lie beside this file, in one of the same name that ends in .safetensors. It needs
torch, numpy and safetensors. Licence of this file: Apache-2.0.

Read it from the top: what the detector is, its network, the anchors that it judges, and how what
the network says becomes boxes. Shapes: B images, A anchors, C classes, K anchors in a cell.

References
----------
Liu et al. 2016, SSD: Single Shot MultiBox Detector, arXiv:1512.02325.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from torch import nn

# The detector. Written by SSD Explorer.
CLASS_NAMES = ("object",)
INPUT_SIZE = 256
# Of each feature map, finest first: a cell has a square of each size (relative to the image's
# height), at the first ratio (width over height); and the first size at each other ratio.
SIZES = ((0.2, 0.272), (0.37, 0.447), (0.54, 0.619), (0.71, 0.79), (0.88, 0.961))
RATIOS = ((1.0, 2.0, 0.5),) * 5
# What is done to pixels of 0 to 255, in the order of these channels.
CHANNEL_ORDER = "rgb"
PIXEL_MEAN = (123.0, 117.0, 104.0)
PIXEL_STD = (1.0, 1.0, 1.0)
# They scale the offsets that the network has learned: x, y, width, height.
VARIANCES = (0.1, 0.1, 0.2, 0.2)
# End of the detector.


class Predictions(NamedTuple):
    """What the network says, before softmax."""

    anchors: torch.Tensor
    """(A, 4): xmin, ymin, xmax, ymax, from 0 to 1 across the image; some reach out of it."""
    class_scores: torch.Tensor
    """(B, A, C + 1): column 0 is the background."""
    offsets: torch.Tensor
    """(B, A, 4): how the anchor's centre and size differ from the object's."""


class Detection(NamedTuple):
    """An object that was found."""

    class_name: str
    score: float
    """From 0 to 1."""
    box: tuple[float, float, float, float]
    """xmin, ymin, xmax, ymax, px of the picture."""


def down_sample(inputs: int, filters: int) -> nn.Sequential:
    """Two rounds of convolution, batch norm and ReLU, then a pooling that halves the map."""
    layers: list[nn.Module] = []
    for channels in (inputs, filters):
        convolution = nn.Conv2d(channels, filters, 3, padding=1)
        layers += [convolution, nn.BatchNorm2d(filters), nn.ReLU()]
    return nn.Sequential(*layers, nn.MaxPool2d(2))


class ToySSD(nn.Module):
    """A body halves the image three times; its output is the first feature map.

    Each further map is half as large, and sees more; the last is pooled over the whole one before
    it. On each, one 3×3 convolution scores the classes and one predicts the offsets, for all
    anchors of a cell at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(down_sample(3, 16), down_sample(16, 32), down_sample(32, 64))
        channels = [64, *[128] * (len(SIZES) - 2)]
        self.downsamples = nn.Sequential(*map(down_sample, channels[:-1], channels[1:]))
        self.class_preds, self.box_preds = nn.ModuleList(), nn.ModuleList()
        channels.append(channels[-1])  # pooling keeps them
        for sizes, ratios, inputs in zip(SIZES, RATIOS, channels, strict=True):
            in_a_cell = len(sizes) + len(ratios) - 1
            num_columns = len(CLASS_NAMES) + 1
            self.class_preds.append(nn.Conv2d(inputs, in_a_cell * num_columns, 3, padding=1))
            self.box_preds.append(nn.Conv2d(inputs, in_a_cell * 4, 3, padding=1))

    def forward(self, images: torch.Tensor) -> Predictions:
        """Return what it says about images (B, 3, H, W), RGB from 0 to 255."""
        maps = [self.body(normalised(images))]
        for block in self.downsamples:
            maps.append(block(maps[-1]))
        maps.append(maps[-1].amax((2, 3), keepdim=True))
        anchors = [
            layer_anchors(x.shape[2], x.shape[3], sizes, ratios)
            for x, sizes, ratios in zip(maps, SIZES, RATIOS, strict=True)
        ]
        return Predictions(
            torch.from_numpy(np.concatenate(anchors)).to(images.device),
            rows_of(self.class_preds, maps, len(CLASS_NAMES) + 1),
            rows_of(self.box_preds, maps, 4),
        )

    def detect(
        self, picture: NDArray[np.uint8], score_threshold: float = 0.5, nms_threshold: float = 0.45
    ) -> list[Detection]:
        """Return what it finds on a picture (H, W, 3), RGB, uint8, of any size; the best first."""
        height, width = picture.shape[:2]
        image = torch.from_numpy(resized(picture).transpose(2, 0, 1)[None])
        with torch.no_grad():
            said = self(image.to(self.body[0][0].weight.device))
            probability = torch.softmax(said.class_scores[0], 1).cpu().numpy()[:, 1:]
        boxes = decode(said.anchors.cpu().numpy(), said.offsets[0].cpu().numpy()).clip(0, 1)
        class_id, score = probability.argmax(axis=1), probability.max(axis=1)
        return [
            Detection(
                CLASS_NAMES[class_id[row]],
                float(score[row]),
                tuple((boxes[row] * [width, height, width, height]).tolist()),
            )
            for row in suppress(boxes, class_id, score, score_threshold, nms_threshold)
        ]


def resized(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a picture as large as the network takes it."""
    shrinks = min(picture.shape[:2]) >= INPUT_SIZE
    down, across = (resizing(side, shrinks) for side in picture.shape[:2])
    pixels = np.einsum("yi,ijc,xj->yxc", down, picture, across, optimize=True)
    rounded: NDArray[np.float32] = np.floor(pixels + 0.5).astype(np.float32)
    return rounded


def resizing(side: int, shrinks: bool) -> NDArray[np.float64]:
    """Return how much of each old pixel (columns) is in each new one (rows), along an axis."""
    old, edges = np.arange(side), np.arange(INPUT_SIZE + 1)[:, None] * side / INPUT_SIZE
    shares: NDArray[np.float64]
    if shrinks:  # the average of what a new pixel covers
        covered = np.minimum(old + 1, edges[1:]) - np.maximum(old, edges[:-1])
        shares = covered * INPUT_SIZE / side
    else:  # linear between the nearest two
        centre = (edges[1:] + edges[:-1] - 1) / 2
        shares = 1 - np.abs(old - centre.clip(0, side - 1))
    return shares.clip(0)


def normalised(images: torch.Tensor) -> torch.Tensor:
    """Return images as the network wants them: its order of channels, less the mean."""
    ordered = images[:, ["rgb".index(letter) for letter in CHANNEL_ORDER]]
    mean, std = (torch.tensor(each).to(images.device) for each in (PIXEL_MEAN, PIXEL_STD))
    return (ordered - mean[:, None, None]) / std[:, None, None]


def rows_of(predictors: nn.ModuleList, maps: list[torch.Tensor], num_columns: int) -> torch.Tensor:
    """Return what predictors say, (B, A, num_columns): map by map, cell by cell."""
    pairs = zip(predictors, maps, strict=True)
    flat = [predict(x).permute(0, 2, 3, 1).flatten(1) for predict, x in pairs]
    joined = torch.cat(flat, 1)
    return joined.reshape(len(joined), -1, num_columns)


def layer_anchors(
    rows: int, columns: int, sizes: tuple[float, ...], ratios: tuple[float, ...]
) -> NDArray[np.float32]:
    """Return the anchors of a feature map, (rows · columns · K, 4): those of a cell together."""
    size = np.array([*sizes, *sizes[:1] * (len(ratios) - 1)])
    ratio = np.array([*ratios[:1] * len(sizes), *ratios[1:]])
    half_width = size * np.sqrt(ratio) * rows / columns / 2
    half_height = size / np.sqrt(ratio) / 2
    row, column, _shape = np.indices((rows, columns, len(size))) + 0.5
    y, x = row / rows, column / columns
    corners = [x - half_width, y - half_height, x + half_width, y + half_height]
    boxes: NDArray[np.float32] = np.stack(corners, axis=-1).reshape(-1, 4).astype(np.float32)
    return boxes


def decode(anchors: NDArray[np.float32], offsets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the boxes that offsets make of anchors, both (A, 4)."""
    centre, side = (anchors[:, :2] + anchors[:, 2:]) / 2, anchors[:, 2:] - anchors[:, :2]
    move, stretch = np.split(offsets * np.array(VARIANCES, np.float32), 2, axis=1)
    centre, side = centre + move * side, side * np.exp(stretch)
    boxes: NDArray[np.float32] = np.concatenate([centre - side / 2, centre + side / 2], axis=1)
    return boxes


def suppress(
    boxes: NDArray[np.float32],
    class_id: NDArray[np.int64],
    score: NDArray[np.float32],
    score_threshold: float,
    nms_threshold: float,
) -> list[int]:
    """Non-maximum suppression: the best box stays, those of its class that overlap it do not."""
    waiting = np.argsort(-score, kind="stable")[:400]
    waiting = waiting[score[waiting] >= score_threshold]
    kept = []
    while len(waiting):
        best, waiting = waiting[0], waiting[1:]
        kept.append(int(best))
        box, others = boxes[best], boxes[waiting]
        inner = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
        shared = inner.clip(0).prod(axis=1)
        areas = (others[:, 2:] - others[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod()
        overlap = shared / np.maximum(areas - shared, 1e-12)
        waiting = waiting[(overlap < nms_threshold) | (class_id[waiting] != class_id[best])]
    return kept


def load(weights: Path | None = None) -> ToySSD:
    """Return the detector, ready to detect, by default with the weights beside this file."""
    arrays = load_file(weights or Path(__file__).with_suffix(".safetensors"))
    net = ToySSD()
    net.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    net.eval()
    return net
