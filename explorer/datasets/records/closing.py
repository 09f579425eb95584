"""Files that are closed at the end of a ``with``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar

Self = TypeVar("Self")


class Closing(ABC):
    """What is closed when its ``with`` ends, however that ends."""

    @abstractmethod
    def close(self) -> None:
        """Close what is open; again does no harm."""

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
