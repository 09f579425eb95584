"""``ssd-explorer data list``: the data sets that are here, and how to get the others."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from explorer.cli.options import JsonOption
from explorer.cli.terminal import console, plain_table
from explorer.i18n import _

_SPLITS = ("train", "val")


def list_(as_json: Annotated[bool, JsonOption] = False) -> None:
    """List the data sets that are here, and how to get the others."""
    from explorer.data_folders import data_root
    from explorer.datasets import dataset_names
    from explorer.datasets.catalog import command_for, named

    present = dataset_names()
    found = {name: _read(name) if name in present else None for name in named()}
    if as_json:
        rows = [
            {"name": name, **(about or {"get": command_for(name)})} for name, about in found.items()
        ]
        typer.echo(json.dumps({"root": str(data_root()), "data_sets": rows}))
        return
    from rich.markup import escape

    from explorer.exchange.class_label import class_label

    table = plain_table(_("Data sets in {folder}", folder=data_root()))
    table.add_column(_("name"), no_wrap=True)
    table.add_column(_("train"), justify="right", no_wrap=True)
    table.add_column(_("val"), justify="right", no_wrap=True)
    table.add_column(_("classes, or how to get it"), overflow="fold")
    for name, about in found.items():
        if about is None:
            table.add_row(name, "–", "–", command_for(name), style="dim")
            continue
        names = about["class_names"]
        classes = ", ".join(class_label(number, names) for number in range(len(names)))
        text = " ".join(about["problems"].values()) or classes
        table.add_row(name, *(_count(about, split) for split in _SPLITS), escape(text))
    console().print(table)


def _read(name: str) -> dict[str, Any]:
    """Return the images of each split (None where it is not there or damaged), and the classes."""
    from explorer.datasets import dataset_path, open_dataset
    from explorer.training.failures import explain_failure

    about: dict[str, Any] = {"train": None, "val": None, "class_names": [], "problems": {}}
    for split in _SPLITS:
        if not (dataset_path(name) / f"{split}.rec").exists():
            continue
        try:
            records = open_dataset(name, split)
        except (OSError, ValueError) as error:  # the other sets are still worth listing
            about["problems"][split] = explain_failure(error)
            continue
        about[split] = len(records)
        about["class_names"] = about["class_names"] or list(records.class_names)
    return about


def _count(about: dict[str, Any], split: str) -> str:
    if split in about["problems"]:
        return _("damaged")
    return "–" if about[split] is None else f"{about[split]:,}"
