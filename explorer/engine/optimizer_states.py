"""What an optimiser keeps between steps, as a file.

As plain arrays: MXNet's own `Trainer.load_states` unpickles, and an unpickled file can run code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from explorer.engine.checkpoint import save_arrays
from explorer.files import write_atomically
from explorer.i18n import _
from explorer.net.runtime import mx


def save_states(path: Path, trainer: Any) -> None:
    """Write the states of a Gluon trainer, and read them back."""
    mx.nd.waitall()
    states = _states(trainer)
    not_whole = _("{folder} did not take the checkpoint: is the disk full?", folder=path.parent)
    write_atomically(path, lambda to: save_arrays(to, states, not_whole))


def load_states(path: Path, trainer: Any, step: int) -> None:
    """Give a new trainer the states that another had after `step` steps."""
    arrays = mx.nd.load(str(path))
    parts: dict[int, list[Any]] = {}
    for name in sorted(arrays.keys() - {"none"}):
        parts.setdefault(int(name.split(".")[0]), []).append(arrays[name])
    for index, parameter in enumerate(trainer._params):
        if index not in parts:  # saved before the first step, or an optimiser without states
            continue
        for updater, context in zip(trainer._updaters, parameter.list_ctx(), strict=True):
            moved = tuple(array.copyto(context) for array in parts[index])
            fresh = trainer._optimizer.create_state(index, parameter.data(context))
            updater.states[index] = moved if isinstance(fresh, tuple) else moved[0]
            updater.states_synced[index] = True
    optimizer = trainer._optimizer
    # Adam's bias correction counts steps, on whichever device: each count starts here.
    optimizer.begin_num_update = optimizer.num_update = step


def _states(trainer: Any) -> dict[str, Any]:
    """Return the optimiser's arrays by name: ``INDEX.PART``, of which Adam has two.

    Every device has the same ones.
    """
    arrays = {}
    for index, state in trainer._updaters[0].states.items():
        parts = state if isinstance(state, tuple) else (state,)
        for part, array in enumerate(parts):
            if array is not None:
                arrays[f"{index}.{part}"] = array.as_in_context(mx.cpu())
    # nd.save refuses an empty dict: plain SGD has no states.
    return arrays or {"none": mx.nd.zeros((1,))}
