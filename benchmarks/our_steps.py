"""Our two sides of the comparison with PyTorch: the same work, and the step of training itself."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.bare_step import BareStep
from benchmarks.figures import Block
from benchmarks.sides import Outputs, Targets
from explorer.config import TrainConfig
from explorer.engine import Engine
from explorer.net.runtime import mx


class GivenTargetsStep(BareStep):
    """The bare step with targets that were computed once, at the first weights.

    So it does exactly what PyTorch's side does, which has no operator for targets.

    Parameters
    ----------
    config, num_classes, images, labels
        See `BareStep`.
    """

    def __init__(
        self,
        config: TrainConfig,
        num_classes: int,
        images: NDArray[np.uint8],
        labels: NDArray[np.float32],
    ) -> None:
        super().__init__(config, num_classes, images, labels)
        with mx.autograd.record():  # as it is when it learns
            anchors, class_scores, _ = self._net(self._images)
        self._given = super()._targets(anchors, class_scores)

    def inputs(self) -> NDArray[np.float32]:
        """Return the batch as the network gets it."""
        return self._images.asnumpy()

    def targets(self) -> Targets:
        """Return the targets."""
        return Targets(*(each.asnumpy() for each in self._given))

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Return the network's parameters as they are now, batch norm's statistics included."""
        parameters = self._net._collect_params_with_prefix()
        return {name: each.data().asnumpy() for name, each in parameters.items()}

    def num_parameters(self) -> int:
        """Return how many numbers are learned."""
        parameters = self._net.collect_params().values()
        return sum(each.data().size for each in parameters if each.grad_req != "null")

    def outputs(self) -> Outputs:
        """Return what the network says about the batch when it predicts."""
        _, class_scores, offsets = self._net(self._images)
        return Outputs(class_scores.asnumpy(), offsets.asnumpy())

    def losses(self, num_steps: int) -> list[float]:
        """Do that many steps and return the loss of each, from before its update."""
        return [float(self._step().sum().asscalar()) for _ in range(num_steps)]

    def _targets(self, _anchors: Any, _class_scores: Any) -> tuple[Any, Any, Any]:
        return self._given


class TrainingStep:
    """The step of a real run as it is: with targets, checks and metrics.

    Parameters
    ----------
    config, num_classes, images, labels
        See `BareStep`.
    """

    def __init__(
        self,
        config: TrainConfig,
        num_classes: int,
        images: NDArray[np.uint8],
        labels: NDArray[np.float32],
    ) -> None:
        self._engine = Engine.of(config.with_(class_names=tuple(map(str, range(num_classes)))))
        self._engine.prepare()
        self._batch = (images, labels, config.learning_rate)

    def measure(self, num_steps: int) -> Block:
        """Do that many steps."""
        started = time.perf_counter()
        for _ in range(num_steps):
            self._engine.train_step(*self._batch)
        return Block(num_steps * len(self._batch[0]), time.perf_counter() - started)
