"""``ssd-explorer runs``: the runs that are here, what they reached, and steering them."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.cli.options import JsonOption, RunArgument, find_run
from explorer.cli.runs import files as run_files
from explorer.cli.runs import steering as run_steering
from explorer.cli.runs.table import print_runs, say_notes, setting
from explorer.cli.terminal import clock, console, plain_table, score
from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.training.run.history import RunSummary

app = typer.Typer(no_args_is_help=True, help="List, compare and steer the training runs.")


@app.command(name="list")
def list_(as_json: Annotated[bool, JsonOption] = False) -> None:
    """List the runs, newest first."""
    from explorer.training.run.directory import runs_root
    from explorer.training.run.history import summarise_runs

    summaries = summarise_runs()
    if as_json:
        typer.echo(json.dumps({"runs": [asdict(summary) for summary in summaries]}))
        return
    print_runs(_("Runs in {folder}", folder=runs_root()), summaries, console())
    say_notes(*summaries)


@app.command()
def show(run: Annotated[str, RunArgument], as_json: Annotated[bool, JsonOption] = False) -> None:
    """Show a run's settings, its validation after each epoch, and what happened."""
    from explorer.training.dotted import dotted
    from explorer.training.run.history import summarise_run
    from explorer.training.run.sentences import event_sentence

    directory = find_run(run)
    summary = summarise_run(directory)
    made_with = directory.read_origin()
    config, digest = made_with.config.model_dump(mode="json"), made_with.pretrained_sha256
    records = directory.records()
    validations = [record for record in records if record["kind"] == "epoch"]
    events = [record for record in records if record["kind"] == "event"]
    if as_json:
        shown = {
            "config": config,
            "pretrained_sha256": digest,
            "validations": validations,
            "events": events,
        }
        typer.echo(json.dumps({**asdict(summary), **shown}))
        return
    terminal = console()
    settings = plain_table(_("Run {run}, {state}", run=summary.run_id, state=_state(summary)))
    settings.add_column(_("setting"))
    settings.add_column(_("value"), overflow="fold")
    for name, value in dotted(config).items():
        settings.add_row(name, setting(value))
        if name == "pretrained" and digest is not None:
            settings.add_row("  " + _("its SHA-256"), digest)
    terminal.print(settings)
    if validations:
        table = plain_table(_("Validation"))
        for heading in (_("epoch"), _("step"), "AP50", "AP75", "mAP"):
            table.add_column(heading, justify="right")
        for record in validations:
            figures = (score(record[name]) for name in ("ap50", "ap75", "map"))
            table.add_row(str(record["epoch"]), f"{record['step']:,}", *figures)
        terminal.print(table)
    for record in events:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record["time"]))
        text = event_sentence(record)
        line = _("{when}  step {step:,}  {text}", when=when, step=record["step"], text=text)
        terminal.print(line, markup=False)
    say_notes(summary)


@app.command()
def compare(
    run_a: Annotated[str, RunArgument],
    run_b: Annotated[str, RunArgument],
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Show two runs side by side: the settings that differ, and what each reached."""
    from explorer.training.dotted import config_differences
    from explorer.training.run.history import summarise_run
    from explorer.training.run.sentences import state_word

    runs = find_run(run_a), find_run(run_b)
    a, b = (summarise_run(one) for one in runs)
    differences = config_differences(runs[0].read_config(), runs[1].read_config())
    if as_json:
        settings = {name: [left, right] for name, left, right in differences}
        typer.echo(json.dumps({"runs": [asdict(a), asdict(b)], "differences": settings}))
        return
    table = plain_table(_("Two runs"))
    table.add_column("")
    for one in (a, b):
        table.add_column(one.run_id, overflow="fold")
    for name, left, right in differences:
        table.add_row(name, setting(left), setting(right))
    if not differences:
        table.add_row(_("settings"), _("equal"), _("equal"))
    table.add_section()
    table.add_row(_("state"), state_word(a.state), state_word(b.state))
    table.add_row(_("step"), f"{a.step:,}/{a.num_steps:,}", f"{b.step:,}/{b.num_steps:,}")
    table.add_row("AP50", score(a.ap50), score(b.ap50))
    table.add_row(_("best AP50"), score(a.best_ap50), score(b.best_ap50))
    table.add_row("AP75", score(a.ap75), score(b.ap75))
    table.add_row("mAP", score(a.map), score(b.map))
    table.add_row(_("time"), clock(a.seconds), clock(b.seconds))
    console().print(table)
    say_notes(a, b)


app.command()(run_steering.pause)
app.command()(run_steering.resume)
app.command()(run_steering.stop)
app.command()(run_steering.step)
app.command(name="set")(run_steering.set_)
app.command()(run_steering.checkpoint)
app.command()(run_files.export)
app.command()(run_files.delete)


def _state(summary: RunSummary) -> str:
    from explorer.training.run.sentences import state_word

    return _(
        "{state} at step {step:,} of {all:,}, {time}",
        state=state_word(summary.state),
        step=summary.step,
        all=summary.num_steps,
        time=clock(summary.seconds),
    )
