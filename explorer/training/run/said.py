"""What a run's events and status say, as a sentence for whoever reads them.

A run's files hold a key and its values, never the sentence: it is made where it is shown, in the
language of its reader. Runs of earlier versions hold English sentences, which stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from explorer.i18n import N_, _
from explorer.net.device_words import devices_sentence
from explorer.net.transfer import Transfer
from explorer.training.run.worker_exit import explain_exit

__all__ = ["event_sentence", "state_word", "status_sentence"]


def event_sentence(record: Mapping[str, Any]) -> str:
    """Return what a record of kind "event" says.

    Parameters
    ----------
    record : mapping
        With ``event``, its key, and the values of that event; of old with ``text``, the sentence.
    """
    return str(record["text"]) if "text" in record else _sentence(record["event"], record)


def status_sentence(message: str | Mapping[str, Any]) -> str:
    """Return what `RunStatus.message` says; empty if it says nothing.

    Parameters
    ----------
    message : str or mapping
        With ``key`` and the values of that message; or a sentence that has no key: an error's own.
    """
    return message if isinstance(message, str) else _sentence(message["key"], message)


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
    "failed": N_("failed"),
    "died": N_("died"),
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
            return _died(values["code"], values["step"])
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
    "building": N_("Building the network."),
    "paused": N_("Paused at step {step}."),
    "disk_full": N_(
        "Disk full: step {step} is kept in memory and training is paused; free some space, and it "
        "goes on."
    ),
    "stopped": N_("Stopped at step {step}; resumable."),
    "stopped_before_start": N_("Stopped before the first step."),
    "unreadable": N_("status.json cannot be read: {error}"),
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


def _died(code: int | None, step: int) -> str:
    if code is None:
        return _("The worker died at step {step}; the last checkpoint is kept.", step=step)
    text = _("The worker died ({how}) at step {step}; the last checkpoint is kept.")
    return text.format(how=explain_exit(code), step=step)
