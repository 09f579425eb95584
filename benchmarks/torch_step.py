"""ToySSD and its training step in PyTorch, layer by layer what `explorer.net` has in MXNet."""

from __future__ import annotations

import time

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmarks.figures import Block
from benchmarks.sides import Outputs, Targets
from explorer.config import AnchorConfig, TrainConfig

_FILTERS = (3, 16, 32, 64)
_NAMES = {"gamma": "weight", "beta": "bias"}
"""Of batch norm's parameters, ours and PyTorch's; all else has one name in both."""


class TorchSSD(nn.Module):
    """`explorer.net.toy_ssd.ToySSD` without the anchors, which never change.

    Its modules have the names of the blocks there, so that its parameters do, too.
    """

    def __init__(self, num_classes: int, anchors: AnchorConfig) -> None:
        super().__init__()
        self._num_columns = num_classes + 1
        widths = [_FILTERS[-1], *[128] * (len(anchors.layers) - 1)]
        self.body = nn.Sequential(*map(_down_sample, _FILTERS[:-1], _FILTERS[1:]))
        self.downsamples = nn.Sequential(*map(_down_sample, widths[:-2], widths[1:-1]))
        self.class_preds = nn.ModuleList()
        self.box_preds = nn.ModuleList()
        for layer, width in zip(anchors.layers, widths, strict=True):
            count = layer.num_anchors
            self.class_preds.append(nn.Conv2d(width, count * self._num_columns, 3, padding=1))
            self.box_preds.append(nn.Conv2d(width, count * 4, 3, padding=1))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return class scores (B, A, C+1) and offsets (B, A·4) of images (B, 3, H, W)."""
        maps = [self.body(x)]
        for block in self.downsamples:
            maps.append(block(maps[-1]))
        maps.append(nn.functional.adaptive_max_pool2d(maps[-1], 1))
        scores = _join(self.class_preds, maps)
        return scores.view(len(x), -1, self._num_columns), _join(self.box_preds, maps)


def _down_sample(inputs: int, filters: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in (inputs, filters):
        layers += [
            nn.Conv2d(width, filters, 3, padding=1),
            nn.BatchNorm2d(filters),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers, nn.MaxPool2d(2))


def _join(predictors: nn.ModuleList, maps: list[torch.Tensor]) -> torch.Tensor:
    pairs = zip(predictors, maps, strict=True)
    return torch.cat([p(x).permute(0, 2, 3, 1).flatten(1) for p, x in pairs], dim=1)


class TorchStep:
    """Forward, losses, backward and update on one batch that stays where it is.

    Parameters
    ----------
    config : TrainConfig
        Of the recipe `fast`, for its losses and for Adam.
    num_threads : int
    channels_last : bool
        The layout in memory: the channels of a pixel beside each other, or one plane each.
    x : (B, 3, H, W) float32
        See `explorer.net.preprocessing.preprocess`.
    weights : dict of str to array
        Of our network, which this one gets, batch norm's statistics included.
    targets : Targets
    """

    def __init__(
        self,
        config: TrainConfig,
        num_threads: int,
        channels_last: bool,
        x: NDArray[np.float32],
        weights: dict[str, NDArray[np.float32]],
        targets: Targets,
    ) -> None:
        torch.set_num_threads(num_threads)
        layout = torch.channels_last if channels_last else torch.contiguous_format
        num_anchors = config.anchors.layers[0].num_anchors
        num_classes = len(weights["class_preds.0.bias"]) // num_anchors - 1
        self._net = TorchSSD(num_classes, config.anchors)
        self._load(weights)
        self._net = self._net.to(memory_format=layout)
        self._x = torch.from_numpy(x).to(memory_format=layout)
        self._class_target = torch.from_numpy(targets.class_target).long().flatten()
        self._box_target = torch.from_numpy(targets.box_target * targets.box_mask)
        self._box_mask = torch.from_numpy(targets.box_mask)
        self._num_positives = max(1, int((targets.class_target > 0).sum()))
        self._box_weight = config.box_weight
        self._optimizer = torch.optim.Adam(
            self._net.parameters(),
            config.learning_rate,
            weight_decay=config.weight_decay,
            fused=True,  # the fastest that it has
        )

    def num_parameters(self) -> int:
        """Return how many numbers are learned."""
        return sum(each.numel() for each in self._net.parameters())

    def outputs(self) -> Outputs:
        """Return what the network says about the batch when it predicts."""
        self._net.eval()
        with torch.no_grad():
            found = Outputs(*(each.numpy() for each in self._net(self._x)))
        self._net.train()
        return found

    def losses(self, num_steps: int) -> list[float]:
        """Do that many steps and return the loss of each, from before its update."""
        return [float(self._step()) for _ in range(num_steps)]

    def measure(self, num_steps: int) -> Block:
        """Do that many steps."""
        started = time.perf_counter()
        for _ in range(num_steps):
            self._step()
        return Block(num_steps * len(self._x), time.perf_counter() - started)

    def _load(self, weights: dict[str, NDArray[np.float32]]) -> None:
        state = {}
        for name, values in weights.items():
            module, _, parameter = name.rpartition(".")
            state[f"{module}.{_NAMES.get(parameter, parameter)}"] = torch.from_numpy(values)
        found = self._net.load_state_dict(state, strict=False)
        # What counts the batches that batch norm has seen is PyTorch's own.
        missing = [name for name in found.missing_keys if not name.endswith("num_batches_tracked")]
        if missing or found.unexpected_keys:
            raise ValueError(f"other layers: {missing} lack, {found.unexpected_keys} are left over")

    def _step(self) -> torch.Tensor:
        self._optimizer.zero_grad(set_to_none=True)
        class_scores, offsets = self._net(self._x)
        class_loss = nn.functional.cross_entropy(
            class_scores.flatten(0, 1), self._class_target, ignore_index=-1, reduction="sum"
        )
        box_loss = nn.functional.smooth_l1_loss(
            offsets * self._box_mask, self._box_target, reduction="sum"
        )
        loss = (class_loss + self._box_weight * box_loss) / self._num_positives
        loss.backward()
        self._optimizer.step()
        return loss.detach()
