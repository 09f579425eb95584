"""``data.yaml`` of a YOLO set: names of classes, and which images are for what."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.folder.path_ends import PathEnds
from explorer.datasets.importers.folder.path_names import parts_of
from explorer.datasets.importers.folder.side_names import one_side, several_sides, side_word
from explorer.datasets.importers.folder.split_lists import lost_lines, read_list
from explorer.datasets.importers.numbers import finite_number, finite_numbers
from explorer.i18n import _
from explorer.images import IMAGE_SUFFIXES

_KEYS = {"train": "train", "val": "val", "valid": "val", "test": "test"}

_MOST_KEYPOINTS = 10_000
_DESCRIBES = re.compile(rb"^(names|nc)\s*:", re.MULTILINE)


_DEEPEST = 100
"""Levels of what lies in each other; a description has four."""


@dataclass(frozen=True)
class DataYaml:
    """What it says, as far as it fits what is there."""

    names: tuple[str, ...] = ()
    """In order of the class ids."""
    split: dict[str, str] = field(default_factory=dict)
    """dict of image name to "train", "val" or "test"."""
    lists: frozenset[Path] = frozenset()
    """Files that list images, and are no labels."""
    keypoints: int | None = None
    """Numbers of all keypoints of an object, as ``kpt_shape`` says; None where it is not said."""
    notes: tuple[str, ...] = ()


def yaml_files(files: ImageFiles) -> list[Path]:
    """Return the files that describe a YOLO set: those with ``names`` in them."""
    return [path for path, content in _loaded(files) if not isinstance(content, ValueError)]


def read_data_yaml(files: ImageFiles) -> DataYaml | None:
    """Read the description nearest to the root; None without one.

    Paths in it are often those of another machine: the folder or the list is meant whose path ends
    as they do, unless that drops what tells training, validation and test apart.

    Raises
    ------
    ValueError
        If it, or a list that it names, is not readable, or it has no names that fit.
    """
    found = sorted(_loaded(files), key=lambda each: (len(each[0].parts), each[0]))
    if not found:
        return None
    path, content = found[0]
    if isinstance(content, ValueError):
        raise content
    meaning = _Paths(path, files)
    sides: dict[str, set[str]] = {}
    notes: list[str] = []
    if len(found) > 1:
        others = ", ".join(files.name(each) for each, __ in found[1:])
        text = _("{name} describes the set; {others} is not read")
        notes.append(text.format(name=files.name(path), others=others))
    for key, side in _KEYS.items():
        values = content.get(key)
        for value in values if isinstance(values, list) else [values]:
            if not isinstance(value, str) or not value.strip():
                continue
            listed = meaning.images(value)
            if not listed:
                text = _("{name}: {key} is {value}, and no image is there")
                notes.append(text.format(name=path.name, key=key, value=value))
            for name in listed:
                sides.setdefault(name, set()).add(side)
    several = [name for name, each in sides.items() if len(each) > 1]
    if sides and all({"train", "val"} <= each for each in sides.values()):  # "train: ., val: ."
        text = _(
            "{name}: train and val are the same images, so it does not say what to validate on"
        )
        notes.append(text.format(name=path.name))
        sides = {}
    elif several:
        notes.append(several_sides(len(several)))
    notes += meaning.notes
    return DataYaml(
        _names(content["names"], path),
        {name: one_side(each) for name, each in sides.items()},
        frozenset(meaning.lists),
        _keypoints(content.get("kpt_shape")),
        tuple(notes),
    )


def _loaded(files: ImageFiles) -> Iterator[tuple[Path, Any]]:
    """Yield the files that describe a set: what they hold, or why that cannot be read.

    All scalars stay as they are written: to YAML 1.1 a class called ``no`` is False.
    """
    for path in files.with_suffix(".yaml", ".yml"):
        try:
            text = files.text(path)
            content = _parsed(text)
        except (ValueError, yaml.YAMLError, RecursionError) as error:
            if not _describes(path):
                continue  # it has nothing to do with the labels
            why = " ".join(str(error).split())
            sentence = _("{name} is not readable as YAML: {error}", name=path.name, error=why)
            yield path, ValueError(sentence)
        else:
            if isinstance(content, dict) and "names" in content:
                yield path, content


def _describes(path: Path) -> bool:
    """Say whether a file that cannot be read has the words of a description."""
    try:
        return _DESCRIBES.search(path.read_bytes().replace(b"\0", b"")) is not None
    except OSError:
        return False


def _parsed(text: str) -> Any:
    """Return what YAML says, all scalars as text.

    PyYAML's quick reader calls itself for each level of what lies in each other; thousands of them
    would end the process.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        starts = isinstance(event, yaml.CollectionStartEvent)
        depth += starts - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.YAMLError(_("lists in lists, more than {limit} deep", limit=_DEEPEST))
    return yaml.load(text, Loader=yaml.CBaseLoader)


def _names(value: Any, path: Path) -> tuple[str, ...]:
    """Return a list of names, or a dictionary of ids and names, as the names in order."""
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return tuple(value)
    if isinstance(value, dict):
        ids = {finite_number(key): name for key, name in value.items()}
        # Not every name: a few aliases of lists in lists would fill the memory as text.
        if all(isinstance(name, str) for name in ids.values()) and all(
            key.is_integer() and 0 <= key < 10_000 for key in ids
        ):
            return tuple(ids.get(n, f"class {n}") for n in range(int(max(ids, default=-1)) + 1))
    text = _("{name}: names must be a list, or ids from 0 with a name each")
    raise ValueError(text.format(name=path.name))


def _keypoints(shape: Any) -> int | None:
    number, size = (*finite_numbers(shape), math.nan, math.nan)[:2]
    product = number * size
    return int(product) if product.is_integer() and 0 <= product < _MOST_KEYPOINTS else None


class _Paths:
    """What the paths of a description mean here."""

    def __init__(self, description: Path, files: ImageFiles) -> None:
        self._home = parts_of(files.name(description))[:-1]
        self._files = files
        self._folders = {
            image: parts_of(files.name(image))[:-1] for image in (*files.images, *files.unread)
        }
        self.lists: set[Path] = set()
        self.notes: list[str] = []

    def images(self, value: str) -> list[str]:
        """Return the names of the images that a folder or a list means."""
        said = tuple(part for part in parts_of(value) if part != "..")
        if said and said[-1].endswith(".txt"):
            return self._listed(said)
        if said and said[-1].endswith(IMAGE_SUFFIXES):
            image, __ = self._files.find(value)
            return [] if image is None else [self._files.name(image)]
        for wanted in _readings(said):
            here = self._home + wanted
            meant = [image for image, parts in self._folders.items() if parts[: len(here)] == here]
            if not meant and wanted:
                meant = [image for image, parts in self._folders.items() if _has(wanted, parts)]
            if meant:
                return [self._files.name(image) for image in meant]
        return []

    def _listed(self, said: tuple[str, ...]) -> list[str]:
        texts = [(parts_of(self._files.name(path)), path)
                 for path in self._files.with_suffix(".txt")]  # fmt: skip
        __, found = PathEnds(texts).alike(said)
        if not found:
            return []
        path = found[0]
        self.lists.add(path)
        lines = read_list(path, self._files.encoding)
        images = {line: self._files.find(line, path)[0] for line in lines}
        lost = [line for line, image in images.items() if image is None]
        if lost:
            self.notes.append(lost_lines(path.name, lost, len(lines)))
        return [self._files.name(image) for image in images.values() if image]


def _readings(said: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the ends of a path, the longest first, each also with the other words for its side.

    ``/elsewhere/set/train/images`` is ``train/images`` here, and ``valid/images`` may be
    ``val/images``; but where there is neither, ``images`` alone is no reading of it.
    """
    for start in range(max(len(said), 1)):  # "." is the whole folder
        wanted = said[start:]
        yield wanted
        for place, part in enumerate(wanted):
            side = side_word(part)
            for other in ("val", "valid", "validation", "train", "training", "test", "testing"):
                if other != part and side is not None and side_word(other) == side:
                    yield (*wanted[:place], other, *wanted[place + 1 :])
        if wanted and side_word(wanted[0]) is not None:
            return


def _has(wanted: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Say whether a folder, or one above it, has the path `wanted` at its end."""
    count = len(wanted)
    return any(parts[at : at + count] == wanted for at in range(len(parts) - count + 1))
