"""`dataset.json`: what a data set is, beside its records."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.config import explain
from explorer.files import write_json
from explorer.i18n import _, reason_of
from explorer.plain_files import read_plain

FILE_NAME = "dataset.json"

SPLITS = ("train", "val")
"""The record files that a data set has: to learn from, and to be judged by."""


class SplitDescription(BaseModel):
    """One record file. `fingerprint` is the SHA-256 of a file of `num_bytes` bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    num_records: int = Field(ge=0)
    max_objects: int = Field(ge=0)
    num_bytes: int = Field(ge=0)
    fingerprint: str = Field(pattern="^[0-9a-f]{64}$")


class Description(BaseModel):
    """The classes in order of `class_id`, the record files, and how they were made.

    `imported_from` is the kind of labels that a user's own set was built from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    class_names: tuple[str, ...] = Field(min_length=1)
    splits: dict[str, SplitDescription] = {}
    variant: str | None = None
    seed: int | None = None
    generator_version: int | None = None
    imported_from: str | None = None

    def save(self, folder: Path) -> None:
        """Write `dataset.json` into the folder."""
        write_json(folder / FILE_NAME, self.model_dump(mode="json", exclude_none=True))

    @classmethod
    def load(cls, folder: Path) -> Description | None:
        """Return the folder's description, or None if it has none.

        Raises
        ------
        ValueError
            If the file is there and not readable as one.
        """
        path = folder / FILE_NAME
        if not path.exists():
            return None
        try:
            return cls.model_validate_json(read_plain(path))
        except OSError as error:
            text = _("{name} in {folder} cannot be read: {reason}")
            values = {"name": path.name, "folder": folder, "reason": reason_of(error)}
            raise ValueError(text.format(**values)) from error
        except ValidationError as error:
            raise ValueError(
                _("{name} in {folder}: {why}", name=path.name, folder=folder, why=explain(error))
            ) from None
