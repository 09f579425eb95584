"""From a run's folder to a training that can take its next step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from explorer.datasets import CancelledError, RecordDataset, ensure_dataset
from explorer.datasets.records.trainable import check_images, open_to_train
from explorer.engine import Engine
from explorer.engine.pretrained import check_unchanged
from explorer.training import checkpoints
from explorer.training.loop import Training
from explorer.training.run import plan
from explorer.training.run.checkpoint_list import last_checkpoint
from explorer.training.run.directory import RunDirectory
from explorer.training.run.journal import Journal
from explorer.training.run.sentences import RunError
from explorer.training.tripwire import forget_tripwire
from explorer.training.worker_failure import let_crashes_end_it


def prepare(journal: Journal, asked_to_stop: Callable[[], bool]) -> Training | None:
    """Make or read the data, then the network, from the last good checkpoint if there is one.

    Returns
    -------
    Training or None
        None if it was asked to stop before.

    Raises
    ------
    ValueError, OSError
        If the data or the weights cannot be used.
    """
    run = journal.run
    config = run.read_config()
    making = {"key": "making_dataset", "dataset": config.dataset}

    def progress(done: int, total: int) -> None:
        journal.write_status(
            message={**making, "done": done, "total": total}, progress=done / max(1, total)
        )

    with contextlib.suppress(CancelledError):
        ensure_dataset(config.dataset, progress=progress, cancelled=asked_to_stop)
    if asked_to_stop():
        return None
    train_set, val_set = open_to_train(config.dataset)
    began_before = _began_before(run, train_set.fingerprint)
    with contextlib.suppress(CancelledError):
        _check_images(journal, asked_to_stop, train_set, val_set)
    if asked_to_stop():
        return None
    config = config.with_(class_names=train_set.class_names)
    so_far = journal.status.step / max(1, journal.status.num_steps)
    journal.write_status(message={"key": "building"}, progress=so_far)
    found = last_checkpoint(run.checkpoints)
    last = found.path
    if last is None:
        check_unchanged(config.pretrained, run.read_origin().pretrained_sha256)
    else:  # the run has weights of its own, and what it began with may be gone
        config = config.with_(pretrained="")
    training = Training(Engine.of(config), train_set, val_set)
    if last is not None:
        checkpoints.restore(training, last)
    former, asked = training.epochs, plan.read_epochs(run.path)
    if asked is not None:
        training.set_epochs(asked)
    let_crashes_end_it()
    forget_tripwire(run.path)
    journal.append(
        {
            "kind": "resume" if began_before else "start",  # from 0: takes back all steps
            "step": training.step,
            "fingerprint": train_set.fingerprint,
        }
    )
    if run.has_steps() and (event := found.remark()):
        journal.event(training.step, event)
    if training.epochs != former:
        event = {"event": "epochs", "epochs": training.epochs, "asked": asked or former}
        journal.event(training.step, event)
    for event in training.remarks():
        journal.event(training.step, event)
    return training


def _check_images(
    journal: Journal, asked_to_stop: Callable[[], bool], *datasets: RecordDataset
) -> None:
    """Refuse images that cannot be read, before the first step and not at the worst of them."""
    for dataset in datasets:

        def progress(done: int, total: int, name: str = dataset.path.name) -> None:
            message = {"key": "checking_images", "file": name, "done": done, "total": total}
            journal.write_status(message=message, progress=done / total)

        check_images(dataset, progress, asked_to_stop)


def _began_before(run: RunDirectory, fingerprint: str) -> bool:
    """Return whether an earlier worker trained, and refuse to go on with other data."""
    run.close_torn_line()
    if run.fingerprint() not in (None, fingerprint):
        raise RunError("data_changed")
    return any(True for _record in run.follow_records())
