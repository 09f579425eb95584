"""``ssd-explorer data``: make, download, import, check, list and remove data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.data import check as data_check
from explorer.cli.data.importing import import_
from explorer.cli.data.listing import list_
from explorer.cli.options import ForceOption, YesOption
from explorer.cli.terminal import counted, progress, say

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help="Make, download, import, check, list and remove data sets."
)


@app.command()
def make(
    variant: Annotated[str, typer.Argument(help="creature, creature-two or creature-many.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Its folder; by default in data/.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes other images.")] = 0,
    train: Annotated[int, typer.Option(min=1, help="Images to train on.")] = 900,
    val: Annotated[int, typer.Option(min=1, help="Images to validate on.")] = 100,
    force: Annotated[bool, ForceOption] = False,
) -> None:
    """Make a synthetic data set: figures on photographs, with their boxes."""
    from explorer.datasets import data_root
    from explorer.datasets import make as make_dataset
    from explorer.datasets.synthetic.scenes import VARIANTS

    if variant not in VARIANTS:
        raise ValueError(f"{variant!r} cannot be made; only {', '.join(VARIANTS)} can.")
    folder = out or data_root() / variant
    if folder.exists() and not force:
        raise ValueError(f"{folder} exists already: nothing was done; --force makes it anew.")
    with progress(f"Making {variant}") as update:
        make_dataset(variant, folder, seed, train, val, progress=update, replace=force)
    say(
        f"Made {variant}: {counted(train, 'image')} to train on and {val:,} to validate on, "
        f"in {folder}"
    )


@app.command()
def download(
    name: Annotated[str, typer.Argument(help="pikachu, the tutorial's data set.")],
) -> None:
    """Download a data set and check that every byte is as it should be."""
    from explorer.datasets import dataset_path, download_pikachu

    folder = dataset_path("pikachu")
    if name != "pikachu":
        raise ValueError(f"{name!r} cannot be downloaded; only pikachu can.")
    with progress("Downloading pikachu", unit="bytes") as update:
        download_pikachu(folder, progress=lambda _file, done, total: update(done, total))
    say(f"pikachu is in {folder}")


app.command(name="import")(import_)


@app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set that was imported.")],
    yes: Annotated[bool, YesOption] = False,
) -> None:
    """Remove an imported data set; the images and labels that it was built from stay."""
    import shutil

    from explorer.datasets import dataset_path
    from explorer.datasets.catalog import imported_names

    if name not in imported_names():
        has = ", ".join(imported_names()) or "none"
        raise ValueError(f"no imported data set is called {name!r}; there are: {has}")
    folder = dataset_path(name)
    if not yes and not typer.confirm(f"Remove {folder} and all that is in it?", err=True):
        say("Nothing was removed.")
        return
    shutil.rmtree(folder)
    say(f"Removed {name}")


app.command(name="list")(list_)
app.command()(data_check.check)
