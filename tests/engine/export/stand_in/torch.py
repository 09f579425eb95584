"""As much of PyTorch as an exported module uses, in numpy, so that it runs where torch is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

__version__ = "0"


class Tensor(np.ndarray):
    """An array with the methods that differ in name."""

    device = "cpu"

    def permute(self, *axes: int) -> Tensor:
        return self.transpose(axes)

    def flatten(self, start: int) -> Tensor:  # type: ignore[override]
        return self.reshape(*self.shape[:start], -1)

    def amax(self, axes: tuple[int, ...], keepdim: bool) -> Tensor:
        return self.max(axis=axes, keepdims=keepdim).view(Tensor)

    def to(self, device: str) -> Tensor:
        assert device == "cpu"
        return self

    def cpu(self) -> Tensor:
        return self

    def numpy(self) -> Any:
        return self.view(np.ndarray)


def from_numpy(array: Any) -> Tensor:
    return array.view(Tensor)


def tensor(values: Any) -> Tensor:
    return from_numpy(np.array(values, np.float32))


def cat(arrays: list[Tensor], axis: int) -> Tensor:
    return from_numpy(np.concatenate(arrays, axis))


def softmax(scores: Tensor, axis: int) -> Tensor:
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


@contextmanager
def no_grad() -> Iterator[None]:
    yield


class Module:
    """Its parameters are the arrays among its attributes, whatever module they are in."""

    def __call__(self, *inputs: Any) -> Any:
        return self.forward(*inputs)

    def eval(self) -> Any:
        return self

    def state(self, prefix: str = "") -> dict[str, tuple[Module, str]]:
        found: dict[str, tuple[Module, str]] = {}
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                found[prefix + name] = (self, name)
            elif isinstance(value, Module):
                found |= value.state(f"{prefix}{name}.")
        return found

    def load_state_dict(self, given: dict[str, Tensor]) -> None:
        wanted = self.state()
        assert set(given) == set(wanted)
        for key, (owner, name) in wanted.items():
            assert given[key].shape == getattr(owner, name).shape, key
            assert given[key].dtype == np.float32
            setattr(owner, name, given[key])


class ModuleList(Module):
    def __init__(self) -> None:
        self.number = 0

    def append(self, module: Module) -> None:
        setattr(self, str(self.number), module)
        self.number += 1

    def __getitem__(self, place: int) -> Module:
        if place >= self.number:
            raise IndexError
        return getattr(self, str(place))


class Sequential(ModuleList):
    def __init__(self, *modules: Module) -> None:
        super().__init__()
        for module in modules:
            self.append(module)

    def forward(self, x: Tensor) -> Tensor:
        for module in self:
            x = module(x)
        return x


class Conv2d(Module):
    def __init__(self, inputs: int, filters: int, side: int, padding: int) -> None:
        self.weight = np.zeros((filters, inputs, side, side)).view(Tensor)
        self.bias = np.zeros(filters).view(Tensor)
        self.padding = padding

    def forward(self, x: Tensor) -> Tensor:
        edge = (self.padding, self.padding)
        padded = np.pad(x, ((0, 0), (0, 0), edge, edge))
        windows = sliding_window_view(padded, self.weight.shape[2:], axis=(2, 3))
        summed = np.tensordot(windows, self.weight, axes=([1, 4, 5], [1, 2, 3]))
        return from_numpy(np.asarray(summed + self.bias).transpose(0, 3, 1, 2))


class BatchNorm2d(Module):
    def __init__(self, channels: int) -> None:
        for name in ("weight", "bias", "running_mean", "running_var"):
            setattr(self, name, np.zeros(channels).view(Tensor))

    def forward(self, x: Tensor) -> Tensor:
        weight, bias, mean, var = (
            getattr(self, name)[:, None, None]
            for name in ("weight", "bias", "running_mean", "running_var")
        )
        return (x - mean) / np.sqrt(var + np.float32(1e-5)) * weight + bias


class ReLU(Module):
    def forward(self, x: Tensor) -> Tensor:
        return np.maximum(x, 0)


class MaxPool2d(Module):
    def __init__(self, side: int) -> None:
        self.side = side

    def forward(self, x: Tensor) -> Tensor:
        windows = sliding_window_view(x, (self.side, self.side), axis=(2, 3))
        return from_numpy(windows[:, :, :: self.side, :: self.side].max(axis=(4, 5)))


nn = SimpleNamespace(
    **{each.__name__: each for each in (Module, ModuleList, Sequential)},
    **{each.__name__: each for each in (Conv2d, BatchNorm2d, ReLU, MaxPool2d)},
)
