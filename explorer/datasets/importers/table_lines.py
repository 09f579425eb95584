"""A table's lines as fields, however a spreadsheet writes them."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.numbers import finite_number
from explorer.i18n import _

_SEPARATOR = re.compile(r"^\s*sep=(.)\s*$", re.IGNORECASE)
"""What Excel writes and understands as the first line of a table."""


_LINE = re.compile(r"[^\r\n]*")  # of old Macs, too


class Lines:
    """One table.

    The delimiter is what the line ``sep=`` says, else what the first line has most of; where it has
    as many commas as others, the commas are decimal ones. A comma in a field is a decimal one.

    Parameters
    ----------
    most : int, optional
        Lines that are read; by default all.
    """

    def __init__(self, path: Path, files: ImageFiles, most: int | None = None) -> None:
        whole = files.text(path)
        text = whole.lstrip("\r\n")
        num_before = len(whole[: len(whole) - len(text)].splitlines())
        first = _LINE.match(text)[0]
        said = _SEPARATOR.match(first)
        self.delimiter = said[1] if said else max(";\t|,", key=first.count)
        self.rows: list[tuple[int, list[str]]] = []
        """(number from 1, fields) of each line that is not empty."""
        reader = csv.reader(
            io.StringIO(text[len(first) :] if said else text, newline=""), delimiter=self.delimiter
        )
        try:
            for row in reader:
                if len(self.rows) == most:
                    break
                if any(map(str.strip, row)):
                    self.rows.append((reader.line_num + num_before, row))
        except csv.Error as error:
            text = _("{name} is not readable as a table: {error}")
            raise ValueError(text.format(name=path.name, error=error)) from None

    @property
    def first(self) -> list[str]:
        """The fields of the first line; none if the table is empty."""
        return self.rows[0][1] if self.rows else []

    @staticmethod
    def number(field: str) -> float:
        """Return the number that a field is, else NaN."""
        return finite_number(field.replace(",", ".") if "," in field else field)
