"""ToySSD, the tutorial's network, as one hybridizable Gluon block.

Input is a batch of normalised images (B, 3, H, W). A body of three down-samplings feeds the
first prediction layer; further down-samplings feed the next ones; a global max pooling makes
the last map, 1×1, that sees the whole image. Each layer has a class and a box predictor.

References
----------
Liu et al. 2016, arXiv:1512.02325, section 2.1 (multi-scale feature maps, convolutional
predictors). The tutorial's layer sizes are kept; the paper's VGG is not used here.
"""

from __future__ import annotations

from typing import Any

from explorer.config import TOY_SSD, AnchorConfig
from explorer.config.pixels import Pixels
from explorer.i18n import _
from explorer.net.runtime import mx
from explorer.ssd.predictions import Predictions

nn = mx.gluon.nn


def class_predictor(num_anchors: int, num_classes: int) -> Any:
    """Return the layer that scores `num_classes` + 1 classes for each anchor of each cell."""
    return nn.Conv2D(num_anchors * (num_classes + 1), kernel_size=3, padding=1)


def box_predictor(num_anchors: int) -> Any:
    """Return the layer that predicts four offsets for each anchor of each cell."""
    return nn.Conv2D(num_anchors * 4, kernel_size=3, padding=1)


def down_sample(num_filters: int) -> Any:
    """Return two rounds of convolution, batch norm and ReLU, then a pooling that halves the map."""
    block = nn.HybridSequential()
    for __ in range(2):
        block.add(
            nn.Conv2D(num_filters, kernel_size=3, padding=1),
            nn.BatchNorm(in_channels=num_filters),
            nn.Activation("relu"),
        )
    block.add(nn.MaxPool2D(pool_size=2))
    return block


def body() -> Any:
    """Return the layers before the first prediction: (B, 3, H, W) to (B, 64, H/8, W/8)."""
    block = nn.HybridSequential()
    for num_filters in (16, 32, 64):
        block.add(down_sample(num_filters))
    return block


def flatten_prediction(prediction: Any) -> Any:
    """Flatten (B, K·n, h, w) to (B, h·w·K·n), cell by cell, so that layers can be joined."""
    return prediction.transpose((0, 2, 3, 1)).flatten()


class ToySSD(nn.HybridBlock):
    """The tutorial's SSD for any classes, input size and anchors.

    Calling it with (B, 3, H, W) returns `Predictions`: anchors (1, A, 4), class_scores
    (B, A, C+1), offsets (B, A·4), as NDArrays. The first axis of the anchors and the flat
    offsets are what MXNet's MultiBox operators take.

    Parameters
    ----------
    num_classes : int, at least 1
        Without the background.
    anchors : AnchorConfig
        One prediction layer each; the tutorial has five.

    Raises
    ------
    ValueError
        If `num_classes` is below 1.

    Attributes
    ----------
    pixels : Pixels
        What is to be done to an image before: the tutorial's, unless it is set.
    notice : str
        What a user should know of how it was opened; often nothing.
    """

    def __init__(self, num_classes: int, anchors: AnchorConfig = TOY_SSD, **kwargs: Any) -> None:
        if num_classes < 1:
            text = _("num_classes must be at least 1, got {num_classes}")
            raise ValueError(text.format(num_classes=num_classes))
        super().__init__(**kwargs)
        self.num_classes = num_classes
        self.anchor_config = anchors
        self.pixels = Pixels()
        self.notice = ""
        num_layers = len(anchors.layers)
        with self.name_scope():
            self.body = body()
            self.downsamples = nn.HybridSequential()
            self.class_preds = nn.HybridSequential()
            self.box_preds = nn.HybridSequential()
            # All but the last step between layers is a down-sampling; the last is a pooling.
            for __ in range(num_layers - 2):
                self.downsamples.add(down_sample(128))
            for layer in anchors.layers:
                self.class_preds.add(class_predictor(layer.num_anchors, num_classes))
                self.box_preds.add(box_predictor(layer.num_anchors))

    def feature_maps(self, x: Any, F: Any = mx.nd) -> list[Any]:
        """Return the input of each prediction layer, finest first."""
        maps = [self.body(x)]
        for block in self.downsamples:
            maps.append(block(maps[-1]))
        maps.append(F.Pooling(maps[-1], global_pool=True, pool_type="max", kernel=(1, 1)))
        return maps

    def hybrid_forward(self, F: Any, x: Any) -> tuple[Any, Any, Any]:
        anchors, class_scores, offsets = [], [], []
        for i, feature_map in enumerate(self.feature_maps(x, F)):
            layer = self.anchor_config.layers[i]
            anchors.append(
                F.contrib.MultiBoxPrior(feature_map, sizes=layer.sizes, ratios=layer.ratios)
            )
            class_scores.append(flatten_prediction(self.class_preds[i](feature_map)))
            offsets.append(flatten_prediction(self.box_preds[i](feature_map)))
        scores = F.concat(*class_scores, dim=1)
        return (
            F.concat(*anchors, dim=1),
            F.reshape(scores, shape=(0, -1, self.num_classes + 1)),
            F.concat(*offsets, dim=1),
        )

    def __call__(self, x: Any) -> Predictions:
        """Return `Predictions` whether the block is hybridized or not."""
        return Predictions(*super().__call__(x))


def fuse_relu(net: ToySSD) -> None:
    """Let the batch norms of `net` apply the ReLUs: the same numbers, bit for bit, in less time.

    Call it before `net` is hybridized, and only for the CPU: the operator is oneDNN's.
    """
    for block in (*net.body, *net.downsamples):
        for place, layer in list(block._children.items()):
            if isinstance(layer, nn.BatchNorm):
                layer.fuse_relu = True
            elif isinstance(layer, nn.Activation):
                del block._children[place]
