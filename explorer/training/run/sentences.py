"""What a run's events and status say, as a sentence for whoever reads them.

A run's files hold a key and its values, never the sentence: it is made where it is shown, in the
user's language. Runs of earlier versions hold English sentences, which stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from explorer.config.device_words import devices_sentence
from explorer.engine.transfer import Transfer
from explorer.i18n import N_, _, ngettext
from explorer.training.run.worker_exit import explain_exit


class RunError(ValueError):
    """Why a run ended early: its status keeps the key and the values, not the sentence."""

    def __init__(self, key: str, **values: Any) -> None:
        self.message = {"key": key, **values}
        super().__init__(status_sentence(self.message))


def event_sentence(record: Mapping[str, Any]) -> str:
    """Return what a record of kind "event" says.

    It has ``event``, its key, and the values of that event; in earlier versions ``text``, the
    sentence.
    """
    return str(record["text"]) if "text" in record else _sentence(record["event"], record)


def status_sentence(message: str | Mapping[str, Any]) -> str:
    """Return what `RunStatus.message` says; empty if it says nothing.

    It has ``key`` and the values of that message; or is a sentence without a key: an error's own.
    """
    return message if isinstance(message, str) else _sentence(message["key"], message)


def left_out_sentence(run_id: str, number: int) -> str:
    """Return how many lines of a run's records are none, at least one."""
    return ngettext(
        "Run {run_id}: {n:,} line of its records cannot be read and is left out.",
        "Run {run_id}: {n:,} lines of its records cannot be read and are left out.",
        number,
        run_id=run_id,
    )


def can_be_said(sentence_of: Callable[[Any], str], values: Any) -> bool:
    """Return whether a key has all the values that its sentence needs, of the types it needs."""
    try:
        return isinstance(sentence_of(values), str)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return False


def state_word(state: str) -> str:
    """Return what a run's state is called within a sentence, such as "paused"."""
    return _(_STATES.get(state, state))


_STATES = {
    "starting": N_("starting"),
    "preparing": N_("preparing"),
    "running": N_("running"),
    "paused": N_("paused"),
    "stopped": N_("stopped"),
    "finished": N_("finished"),
    "diverged": N_("diverged"),
    "failed": N_("failed"),
    "died": N_("died"),
    "damaged": N_("damaged"),
}


def _sentence(key: str, values: Mapping[str, Any]) -> str:
    if key in _TEXTS:
        return _(_TEXTS[key], **values)
    match key:
        case "epochs":
            return _epochs(values["epochs"], values["asked"])
        case "learning_rate":
            return _learning_rate(values["value"])
        case "pretrained":
            return _taken(values).sentence(values["source"])
        case "devices":
            return devices_sentence(values["asked"], values["num_gpus"], values["used"])
        case "died":
            return _died(values["code"], values["step"], values.get("kept", False))
        case "fell_back":
            return _fell_back(values["passed_over"], values["name"], values["step"])
        case "began_again":
            return _began_again(values["passed_over"])
        case "not_kept":
            return _not_kept(values["step"], values.get("kept", False))
        case "loss_exploded":
            return _loss_exploded(values["first"], values["highest"], values["ap50"])
        case "diverged":
            return _diverged(values)
    return key  # of a later version


_TEXTS = {
    "checkpoint": N_("Checkpoint {name} saved."),
    "few_images": N_(
        "The data set has {num_images} images, fewer than a batch of {batch_size}: each step sees "
        "all of them."
    ),
    "starting": N_("Starting."),
    "preparing": N_("Preparing the data set."),
    "making_dataset": N_("Making the data set {dataset}: {done} of {total} images."),
    "checking_images": N_("Examining the images of {file}: {done} of {total}."),
    "building": N_("Building the network."),
    "paused": N_("Paused at step {step}."),
    "disk_full": N_(
        "Disk full: step {step} is kept in memory and training is paused; free some space, and it "
        "goes on."
    ),
    "stopped": N_("Stopped at step {step}; resumable."),
    "ap_fell": N_(
        "AP50 fell from {best:.3f} to {last:.3f}, so what was learned is lost: start again with a "
        "lower learning rate."
    ),
    "data_changed": N_(
        "The data set has changed since this run began: bring the former one back, or start a new "
        "run."
    ),
    "stopped_before_start": N_("Stopped before the first step."),
    "no_status": N_(
        "The file that says how far this run came is missing or damaged: resume the run, and it is "
        "written anew."
    ),
    "device_memory_full": N_("The device's memory is full: try a batch size of {batch_size}."),
    "mxnet_failed": N_("MXNet failed; its message is in log.txt."),
    "unexpected": N_("Training failed unexpectedly ({error}); see log.txt."),
}


def _learning_rate(value: float | None) -> str:
    if value is None:
        return _("Learning rate follows the recipe again.")
    return _("Learning rate set to {value:g}.", value=value)


def _epochs(epochs: int, asked: int) -> str:
    if epochs == asked:
        return _("Epochs set to {epochs}.", epochs=epochs)
    text = _(
        "Epochs set to {epochs}. Fewer than have begun cannot be: the present epoch is the last."
    )
    return text.format(epochs=epochs)


def _taken(values: Mapping[str, Any]) -> Transfer:
    return Transfer(*(tuple(values[each.name]) for each in fields(Transfer)))


def _died(code: int | None, step: int, kept: bool) -> str:
    if code is None:
        text = _("The worker died at step {step}, and there is no checkpoint.")
        if kept:
            text = _("The worker died at step {step}; the last checkpoint is kept.")
        return text.format(step=step)
    text = _("The worker died ({how}) at step {step}, and there is no checkpoint.")
    if kept:
        text = _("The worker died ({how}) at step {step}; the last checkpoint is kept.")
    return text.format(how=explain_exit(code), step=step)


def _not_kept(step: int, kept: bool) -> str:
    text = _(
        "The disk is full: stopped at step {step}, which could not be saved, and there is no "
        "checkpoint."
    )
    if kept:
        text = _(
            "The disk is full: stopped at step {step}, which could not be saved; the last "
            "checkpoint is kept."
        )
    return text.format(step=step)


def _fell_back(passed_over: Sequence[str], name: str, step: int) -> str:
    return ngettext(
        "Checkpoint {damaged} is damaged: the run goes on from {name}, step {step}.",
        "Checkpoints {damaged} are damaged: the run goes on from {name}, step {step}.",
        len(passed_over),
        damaged=", ".join(passed_over),
        name=name,
        step=step,
    )


def _began_again(passed_over: Sequence[str]) -> str:
    if not passed_over:
        return _("There is no checkpoint: the run begins again from step 0.")
    return ngettext(
        "Checkpoint {damaged} is damaged and there is no other: the run begins again from step 0.",
        "Checkpoints {damaged} are damaged and there is no other: the run begins again from step "
        "0.",
        len(passed_over),
        damaged=", ".join(passed_over),
    )


def _loss_exploded(first: float, highest: float, ap50: float) -> str:
    text = _(
        "The loss rose from {first} to {highest}, and next to nothing is found (AP50 {ap50:.3f}): "
        "start again with a lower learning rate."
    )
    return text.format(first=_loss(first), highest=_loss(highest), ap50=ap50)


def _loss(value: float) -> str:
    return f"{value:,.0f}" if 100 <= value < 1e9 else f"{value:.3g}"


_NAMED = 8
"""Records that a sentence names one by one; ``tripwire.json`` has all."""

_TERMS = {
    "output": N_("the network's output is not finite"),
    "class loss": N_("the class loss is not finite"),
    "box loss": N_("the box loss is not finite"),
    "gradient": N_("the gradient is not finite"),
}


def _diverged(values: Mapping[str, Any]) -> str:
    text = _("Stopped after step {step}: {what} {where}.")
    if values["split"] == "train":
        text = _("Stopped at step {step}: {what} {where}.")
    advice = _("Try a lower learning rate.")
    if values.get("kept"):
        advice = _("Try a lower learning rate; the last checkpoint is good.")
    return f"{text} {advice}".format(
        step=values["step"], what=_(_TERMS[values["term"]]), where=_where(values)
    )


def _where(values: Mapping[str, Any]) -> str:
    number = len(values["record_ids"])
    ids = ", ".join(map(str, values["record_ids"][:_NAMED]))
    if number > _NAMED:
        ids = _("{ids} and {more} more", ids=ids, more=number - _NAMED)
    where = ngettext("in record {ids}", "in records {ids}", number, ids=ids)
    if values["whole_batch"]:
        where = _("in the batch of records {ids}", ids=ids)
    if (name := values["parameter"]) is not None:
        more = values["num_parameters"] - 1
        text = _("for the parameter {name}, {where}")
        if more:
            text = _("for the parameter {name} and {more} more, {where}")
        where = text.format(name=name, more=more, where=where)
    if (box := values["box"]) is not None:
        corners = ", ".join(f"{value:g}" for value in box["corners_px"])
        text = _("{where}, worst for the {name} of record {record} at ({corners}) px")
        where = text.format(
            where=where, name=box["class_name"], record=box["record_id"], corners=corners
        )
    return where
