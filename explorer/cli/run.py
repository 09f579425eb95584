"""``ssd-explorer run``: serve the dashboards."""

from __future__ import annotations

from typing import Annotated

import typer


def run(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to listen.")] = 8866,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="Let any user of this machine in without a token.")
    ] = False,
    max_pages: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many pages can be open at once; one more waits. Without it: as many as the "
            "free memory can hold.",
        ),
    ] = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Open the address in a browser, too.")
    ] = False,
) -> None:
    """Serve the dashboards on this machine until Ctrl-C."""
    from explorer.serving.server import serve

    serve(port=port, token="" if no_token else None, open_browser=open_, max_pages=max_pages)
