"""``ssd-explorer train`` and ``resume``: start a run's process and follow it."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.anchor_options import AnchorsOption, read_anchors
from explorer.cli.detector import DeviceOption, have_detector, note_proposals
from explorer.cli.failures import EXIT_CODE, INTERRUPTED, settings_of_options
from explorer.cli.from_start import FromStartOption, may_begin_again
from explorer.cli.options import ForceOption, JsonOption, RunArgument, find_run, note_which
from explorer.cli.outputs import check_outputs
from explorer.cli.terminal import say
from explorer.i18n import _, ngettext

if TYPE_CHECKING:
    from explorer.config import TrainConfig
    from explorer.training.run.directory import RunDirectory

PretrainedOption = typer.Option(
    metavar="creature|tutorial|NAME|PATH.params",
    help="Begin with the weights of this detector, where they fit; else with random ones.",
)
SaveOption = typer.Option(
    metavar="PATH.params", help="Keep the trained detector as this file, with PATH.json beside it."
)


def train(
    recipe: Annotated[str, typer.Option(help="One of {recipes}.")] = "fast",
    epochs: Annotated[int | None, typer.Option(help="Rounds over the data set.")] = None,
    first_epoch: Annotated[
        int | None, typer.Option(help="Begin there, counted from 0, as the tutorial does at 148.")
    ] = None,
    anchors: Annotated[str | None, AnchorsOption] = None,
    dataset: Annotated[
        str, typer.Option(metavar="NAME|FOLDER", help="A name, or a folder with .rec files.")
    ] = "creature",
    batch_size: Annotated[int | None, typer.Option(help="Images per step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The highest of the run.")] = None,
    input_size: Annotated[int | None, typer.Option(help="Side of the network's input, px.")] = None,
    pretrained: Annotated[str, PretrainedOption] = "",
    seed: Annotated[int | None, typer.Option(help="Of the weights and the order.")] = None,
    device: Annotated[str, DeviceOption] = "auto",
    num_gpus: Annotated[int, typer.Option(help="That share each batch, from --device on.")] = 1,
    overfit: Annotated[
        bool, typer.Option("--overfit", help="Overfit one batch: does it learn at all?")
    ] = False,
    as_json: Annotated[bool, JsonOption] = False,
    save: Annotated[Path | None, SaveOption] = None,
    force: Annotated[bool, ForceOption] = False,
) -> None:
    """Train a detector in a process of its own, and follow it.

    Ctrl-C stops it after a checkpoint, with exit code 130. The recipe decides what is not given.

    With --pretrained the classes may be others: their heads begin with random weights, and the
    first lines say what was taken.

    The anchors of "tutorial" are "toy-ssd"; those of "fast" too, but for the sets that "data make"
    makes: there they are "creature".
    """
    from explorer.cli.follow import interrupts
    from explorer.config import RECIPES
    from explorer.config import recipe as recipe_config
    from explorer.engine.pretrained import pretrained_path
    from explorer.training.launch import start_run

    given = {
        "epochs": epochs,
        "first_epoch": first_epoch,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "input_size": input_size,
        "seed": seed,
    }
    dataset, preset = _find_dataset(dataset)
    own = RECIPES.get(recipe, {}).get("anchors")  # of no recipe: refused below
    shapes = own if own and anchors is None else read_anchors(anchors or preset)
    with settings_of_options():
        config = recipe_config(
            recipe,
            dataset=dataset,
            anchors=shapes,
            pretrained=_find_pretrained(pretrained),
            device=device,
            num_gpus=num_gpus,
            overfit=overfit,
            **{name: value for name, value in given.items() if value is not None},
        )
    _check_can_save(save, _inputs(config, anchors), force)
    have_detector(config.pretrained)
    if config.pretrained:
        note_proposals(pretrained_path(config.pretrained))
    with interrupts() as interrupted:
        run = start_run(config)
        _follow_to_end(run, interrupted, as_json, save)


def resume(
    run: Annotated[str, RunArgument],
    from_start: Annotated[bool, FromStartOption] = False,
    as_json: Annotated[bool, JsonOption] = False,
    save: Annotated[Path | None, SaveOption] = None,
    force: Annotated[bool, ForceOption] = False,
) -> None:
    """Go on with a run that was stopped, failed or died, from its last checkpoint."""
    from explorer.cli.follow import interrupts
    from explorer.training import launch

    directory = find_run(run)
    _check_can_save(save, directory.path.rglob("*"), force)
    again = may_begin_again(directory, from_start)
    with interrupts() as interrupted:
        launch.resume_run(directory, from_start=again)
        _follow_to_end(directory, interrupted, as_json, save)


def _find_dataset(name_or_folder: str) -> tuple[str, str]:
    """Return the data set as a run's configuration names it, and the preset that suits it.

    One that is not there, and that the run could not make, is a `ValueError`.
    """
    from explorer.datasets import dataset_path
    from explorer.datasets.catalog import is_named
    from explorer.datasets.description import Description
    from explorer.datasets.records.trainable import open_to_train

    note_which(name_or_folder)
    named = is_named(name_or_folder)
    folder = dataset_path(name_or_folder) if named else Path(name_or_folder).resolve()
    if not named and folder.exists() and not list(folder.glob("*.rec")):
        text = _(
            "{name_or_folder} holds no .rec files; to make a data set of images with "
            "labels: ssd-explorer data import {quoted} --name NAME"
        )
        raise ValueError(
            text.format(name_or_folder=name_or_folder, quoted=shlex.quote(name_or_folder))
        )
    if named and name_or_folder != "sample" and not folder.exists():
        made_by_us = name_or_folder != "pikachu"  # the run makes or downloads it
    else:
        open_to_train(name_or_folder)
        description = Description.load(folder)
        made_by_us = description is not None and description.variant is not None
    return name_or_folder if named else str(folder), "creature" if made_by_us else "toy-ssd"


def _find_pretrained(name_or_path: str) -> str:
    """Return it as a run's configuration names it: a run can be resumed from any folder."""
    from explorer.config import NAMED_DETECTORS
    from explorer.engine.adoption import find_adopted

    if name_or_path in ("", *NAMED_DETECTORS):
        return name_or_path
    return str((find_adopted(name_or_path) or Path(name_or_path).expanduser()).resolve())


def _inputs(config: TrainConfig, anchors: str | None) -> list[Path]:
    """Return the files that a training reads, and that a detector's two files could replace."""
    from explorer.datasets import dataset_path
    from explorer.datasets.catalog import is_named
    from explorer.engine.pretrained import pretrained_path

    named = is_named(config.dataset)
    folder = dataset_path(config.dataset) if named else Path(config.dataset)
    read = [folder / "dataset.json", *([Path(anchors)] if anchors else [])]
    if config.pretrained:
        weights = pretrained_path(config.pretrained)
        read += [weights, weights.with_suffix(".json")]
    return read


def _check_can_save(path: Path | None, inputs: Iterable[Path], force: bool) -> None:
    """Find out before the training, not after it, that the detector has no place."""
    if path is None:
        return
    if path.suffix != ".params":
        raise ValueError(_("--save needs a file name that ends in .params, got {path}", path=path))
    check_outputs([path, path.with_suffix(".json")], inputs, force)


def _follow_to_end(
    run: RunDirectory, interrupted: Sequence[int], as_json: bool, save: Path | None
) -> None:
    """Show the run until it ends, say how it ended, and exit accordingly."""
    from explorer.cli.follow import Detached, follow, summarise

    say(_("Run {run}, in {folder}", run=run.run_id, folder=run.path))
    try:
        status = follow(run, interrupted)
    except Detached:
        text = _("Left run {run} to itself: its process ends after a last checkpoint.")
        say(text.format(run=run.run_id))
        raise typer.Exit(INTERRUPTED) from None
    summary = summarise(run, status)
    if as_json:
        typer.echo(json.dumps(summary))
    again = f"ssd-explorer resume {run.run_id}"
    if status.state == "finished":
        epochs = ngettext("{n} epoch", "{n} epochs", summary["epochs"])
        text = _(
            "Finished {done} in {seconds:.0f} s: AP50 {ap50:.3f}, AP75 {ap75:.3f}, mAP {map:.3f}."
        )
        say(text.format(done=epochs, **summary))
        if save is not None:
            _save(run, save, summary)
    elif status.state == "diverged":
        say(_("error: {sentence}", sentence=status.sentence), style="red")
        if save is not None:
            text = _("{path} was not written, since the training diverged.")
            say(text.format(path=save), style="yellow")
        raise typer.Exit(EXIT_CODE)
    elif status.state == "stopped":
        text = _("Stopped at step {step} of {all}. To go on: {command}")
        say(text.format(step=status.step, all=status.num_steps, command=again))
        if save is not None:
            text = _("{path} was not written, since the training is not finished.")
            say(text.format(path=save), style="yellow")
        raise typer.Exit(INTERRUPTED)
    else:
        text = _("error: {sentence} (Log: {log})", sentence=status.sentence, log=run.log)
        say(text, style="red")
        if status.state == "died":
            say(_("To go on: {command}", command=again))
        raise typer.Exit(EXIT_CODE)


def _save(run: RunDirectory, path: Path, summary: dict[str, Any]) -> None:
    """Copy the last checkpoint as a detector that says how it was made."""
    from explorer.engine import Engine
    from explorer.engine.checkpoint_files import CheckpointError
    from explorer.training import checkpoints

    last = checkpoints.latest(run.checkpoints)
    if last is None:
        text = _("{checkpoints} holds no undamaged checkpoint")
        raise CheckpointError(text.format(checkpoints=run.checkpoints))
    config = run.read_config()
    about = {
        "recipe": config.recipe,
        "command": shlex.join(["ssd-explorer", *sys.argv[1:]]),
        "figures": {name: summary[name] for name in ("epochs", "ap50", "ap75", "map", "seconds")},
        "config": config.model_dump(mode="json"),
    }
    Engine.load(last, "cpu").save(path, about)
    say(_("Saved {path}", path=path))
