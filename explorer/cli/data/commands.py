"""``ssd-explorer data``: make, download, import, check, list and remove data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.data import check as data_check
from explorer.cli.data.importing import import_
from explorer.cli.data.listing import list_
from explorer.cli.names_in_help import NamesInHelp
from explorer.cli.options import ForceOption, YesOption
from explorer.cli.terminal import num_images, progress, say
from explorer.i18n import _

app = typer.Typer(
    no_args_is_help=True, help="Make, download, import, check, list and remove data sets."
)


@app.command(cls=NamesInHelp)
def make(
    variant: Annotated[str, typer.Argument(help="One of {variants}.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Its folder; by default in data/.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes other images.")] = 0,
    train: Annotated[int, typer.Option(min=1, help="Images to train on.")] = 900,
    val: Annotated[int, typer.Option(min=1, help="Images to validate on.")] = 100,
    force: Annotated[bool, ForceOption] = False,
) -> None:
    """Make a synthetic data set: figures on photographs, with their boxes."""
    from explorer.data_folders import data_root
    from explorer.datasets import make as make_dataset
    from explorer.datasets.synthetic.variants import VARIANTS

    if variant not in VARIANTS:
        text = _("{variant!r} cannot be made; only {names} can.")
        raise ValueError(text.format(variant=variant, names=", ".join(VARIANTS)))
    folder = out or data_root() / variant
    if folder.exists() and not force:
        text = _("{folder} exists already: nothing was done; --force makes it again.")
        raise ValueError(text.format(folder=folder))
    with progress(_("Making {name}", name=variant)) as update:
        make_dataset(variant, folder, seed, train, val, progress=update, replace=force)
    text = _("Made {name}: {images} to train on and {val:,} to validate on, in {folder}")
    say(text.format(name=variant, images=num_images(train), val=val, folder=folder))


@app.command()
def download(
    name: Annotated[
        str,
        typer.Argument(help="pikachu, the tutorial's data set, or tutorial, its trained detector."),
    ],
) -> None:
    """Download what the MXNet tutorial does, and check that every byte is as it should be."""
    from explorer.datasets import dataset_path, download_pikachu
    from explorer.engine.tutorial_detector import download_tutorial

    if name not in ("pikachu", "tutorial"):
        text = _("{name!r} cannot be downloaded; only pikachu and tutorial can.")
        raise ValueError(text.format(name=name))
    with progress(_("Downloading {name}", name=name), unit="bytes") as update:
        if name == "pikachu":
            folder = dataset_path(name)
            download_pikachu(folder, progress=lambda _file, done, total: update(done, total))
        else:
            folder = download_tutorial(update).parent
    say(_("{name} is in {folder}", name=name, folder=folder))


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
        has = ", ".join(imported_names()) or _("none")
        text = _("no imported data set is called {name!r}; there are: {has}")
        raise ValueError(text.format(name=name, has=has))
    folder = dataset_path(name)
    if not yes and not typer.confirm(
        _("Remove {folder} and all that is in it?", folder=folder), err=True
    ):
        say(_("Nothing was removed."))
        return
    shutil.rmtree(folder)
    say(_("Removed {name}", name=name))


app.command(name="list")(list_)
app.command()(data_check.check)
