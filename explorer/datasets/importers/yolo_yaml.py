"""``data.yaml`` of a YOLO set: names of classes, and which images are for what."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from explorer.datasets.importers.image_files import ImageFiles, parts_of
from explorer.datasets.importers.numbers import finite_number
from explorer.datasets.importers.split_lists import read_list, split_of_folder
from explorer.i18n import _

_KEYS = {"train": "train", "val": "val", "valid": "val", "test": "test"}


@dataclass(frozen=True)
class YoloYaml:
    """What it says, as far as it fits what is there."""

    names: tuple[str, ...] = ()
    """In order of the class ids."""
    split: dict[str, str] = field(default_factory=dict)
    """dict of image name to "train" or "val"."""
    left_out: frozenset[str] = frozenset()
    """Names of the images of a test set."""
    lists: frozenset[Path] = frozenset()
    """Files that list images, and are no labels."""
    notes: tuple[str, ...] = ()


def yaml_files(files: ImageFiles) -> list[Path]:
    """Return the files that describe a YOLO set: those with ``names`` in them."""
    loaded = ((path, _load(path)) for path in files.with_suffix(".yaml", ".yml"))
    return [path for path, content in loaded if isinstance(content, dict) and "names" in content]


def read_yolo_yaml(files: ImageFiles) -> YoloYaml:
    """Read the description nearest to the root, or what folders and ``classes.txt`` say.

    Paths in it are often those of another machine: a folder or a list is meant whose path ends
    as they do.

    Raises
    ------
    ValueError
        If it, or a list that it names, is not readable, or it has no names that fit.
    """
    found = sorted(yaml_files(files), key=lambda path: (len(path.parts), path))
    if not found:
        split = {files.name(path): split_of_folder(files.name(path)) for path in files.images}
        return _sorted_out(_names_file(files), split, frozenset(), ())
    content = _load(found[0])
    sides: dict[str, dict[str, None]] = {"train": {}, "val": {}, "test": {}}
    lists, notes = set(), []
    for key, side in _KEYS.items():
        values = content.get(key)
        for value in values if isinstance(values, list) else [values]:
            if not isinstance(value, str):
                continue
            listed, source = _meant(value, files)
            if source is not None:
                lists.add(source)
            if not listed:
                text = _("{name}: {key} {value!r} fits no image that is here")
                notes.append(text.format(name=found[0].name, key=key, value=value))
            sides[side].update(dict.fromkeys(listed))
    if sides["train"].keys() == sides["val"].keys():  # "train: ., val: .": there is no split
        sides["train"] = sides["val"] = {}
    both = sides["train"].keys() & sides["val"].keys()
    if both:
        text = _("{number} images are listed for both: they are used for training")
        notes.append(text.format(number=len(both)))
    order = ("test", "val", "train")  # the last wins
    split = {name: side for side in order for name in sides[side]}
    return _sorted_out(_names(content["names"], found[0]), split, frozenset(lists), tuple(notes))


def _load(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        why = " ".join(str(error).split())
        text = _("{name} is not readable as YAML: {error}")
        raise ValueError(text.format(name=path.name, error=why)) from None


def _names(value: Any, path: Path) -> tuple[str, ...]:
    """Return a list of names, or a dictionary of ids and names, as the names in order."""
    if isinstance(value, list):
        return tuple(str(name) for name in value)
    if isinstance(value, dict):
        ids = {finite_number(key): str(name) for key, name in value.items()}
        if all(key.is_integer() and 0 <= key < 10_000 for key in ids):
            return tuple(ids.get(n, f"class {n}") for n in range(int(max(ids, default=-1)) + 1))
    text = _("{name}: names must be a list, or ids from 0 with a name each")
    raise ValueError(text.format(name=path.name))


def _names_file(files: ImageFiles) -> tuple[str, ...]:
    for path in files.files:
        if path.name.lower() in ("classes.txt", "obj.names"):
            return tuple(read_list(path))
    return ()


def _meant(value: str, files: ImageFiles) -> tuple[list[str], Path | None]:
    """Return the names of images that a folder or a list means, and the list."""
    said = parts_of(value)
    while said[:1] == ("..",):
        said = said[1:]
    if said and said[-1].endswith(".txt"):
        path = _ending(said, files.with_suffix(".txt"), files)
        if path is None:
            return [], None
        images = (files.find(line)[0] for line in read_list(path))
        return [files.name(image) for image in images if image is not None], path
    folders = sorted({path.parent for path in files.images})
    # The longest end of the path that some folder has: `/elsewhere/set/train/images` of another
    # machine is `train/images` here.
    for start in range(len(said)):
        wanted = said[start:]
        if any(_has(wanted, parts_of(files.name(folder))) for folder in folders):
            return [
                files.name(path)
                for path in files.images
                if _has(wanted, parts_of(files.name(path.parent)))
            ], None
    return ([files.name(path) for path in files.images], None) if not said else ([], None)


def _has(wanted: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Say whether a folder, or one above it, has the path `wanted` at its end."""
    count = len(wanted)
    return any(parts[at : at + count] == wanted for at in range(len(parts) - count + 1))


def _ending(said: tuple[str, ...], paths: list[Path], files: ImageFiles) -> Path | None:
    for start in range(len(said)):
        for path in paths:
            if parts_of(files.name(path))[-len(said[start:]) :] == said[start:]:
                return path
    return None


def _sorted_out(
    names: tuple[str, ...],
    split: dict[str, str | None],
    lists: frozenset[Path],
    notes: tuple[str, ...],
) -> YoloYaml:
    left_out = frozenset(name for name, side in split.items() if side == "test")
    if left_out:
        notes = (*notes, _("{number} images of a test set are left out", number=len(left_out)))
    sides = {name: side for name, side in split.items() if side in ("train", "val")}
    return YoloYaml(names, sides, left_out, lists, notes)
