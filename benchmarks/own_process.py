"""An object in a process of its own, so that what it loads meets nothing else that is loaded."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any


class OwnProcess:
    """Makes an object in a fresh process and calls its methods there; use it ``with``.

    Between two calls the process waits and takes no processor time.

    Parameters
    ----------
    make : callable
        Of a module, by name; what it imports when it is called is imported only there.
    *arguments
        For `make`; they and all that methods take and return must be picklable.
    """

    def __init__(self, make: Callable[..., Any], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, make, arguments), daemon=True)
        self._process.start()
        theirs.close()  # else the end of the process would not be noticed here

    def __enter__(self) -> OwnProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join()

    def call(self, method: str, *arguments: Any) -> Any:
        """Return what the object's method returns.

        Raises
        ------
        RuntimeError
            If the process has ended; it has printed why.
        """
        try:
            self._pipe.send((method, arguments))
            return self._pipe.recv()
        except (BrokenPipeError, ConnectionResetError, EOFError) as error:
            self._process.join()
            code = self._process.exitcode
            raise RuntimeError(f"the process ended with code {code} in {method}()") from error


def _serve(pipe: Connection, make: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    served = make(*arguments)
    while True:
        try:
            method, given = pipe.recv()
        except EOFError:
            return
        pipe.send(getattr(served, method)(*given))
