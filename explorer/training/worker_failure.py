"""What a worker says of an exception that ends its run."""

from __future__ import annotations

from explorer.net.runtime import mx
from explorer.net.tripwire import NotFiniteError
from explorer.training.failures import explain_failure
from explorer.training.run.directory import RunDirectory

__all__ = ["explain_worker_failure"]


def explain_worker_failure(error: Exception, run: RunDirectory) -> str:
    """Return one sentence for the status of a run that `error` ended."""
    match error:
        case NotFiniteError() | OSError() | ValueError():
            return explain_failure(error)  # expected: their message is a sentence for the user
        case mx.base.MXNetError() if "out of memory" in str(error).lower():
            half = max(1, run.read_config().batch_size // 2)
            return f"The device's memory is full: try a batch size of {half}."
        case mx.base.MXNetError():
            return "MXNet failed; its message is in log.txt."
    return f"Training failed unexpectedly ({type(error).__name__}); see log.txt."
