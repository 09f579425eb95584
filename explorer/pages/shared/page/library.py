"""Bokeh's library for the browser, sent while the kernel is still importing the page.

It is three megabytes of script: read by the browser in that time, it costs the user no wait.
Nothing here imports Bokeh, which would take as long as the sending saves.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from IPython.display import display

SCRIPTS = ("bokeh.min.js", "bokeh-widgets.min.js", "bokeh-tables.min.js")


def send_library() -> None:
    """Display Bokeh's scripts, as text that the template writes into the page as it is.

    Bokeh's own way carries them twice, quoted in JSON.
    """
    spec = find_spec("bokeh")
    if spec is None or spec.origin is None:
        return  # the page's own cell says what is missing
    folder = Path(spec.origin).parent / "server" / "static" / "js"
    script = "\n".join((folder / name).read_text(encoding="utf-8") for name in SCRIPTS)
    display({"application/javascript": script}, raw=True)
