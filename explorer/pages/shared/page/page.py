"""The frame of a page: figure on the left, controls on the right, one column on a phone.

How a page is made
------------------
A page's ``show()`` builds its figures and controls once, links them to its model, puts them
into a `Page` and calls `Page.show`. The product's name, navigation, title and intro
sentence are not here: they come from the notebook's title cell through the Voila template,
which sends them before the kernel has started.

When a page is usable
---------------------
The body of the document gets the class ``ssdx-ready`` when every figure embedded with
`Page.plot` has been drawn. Browser tests and ``python -m benchmarks.pages`` wait for it, and
until then the user sees "Starting…". A page has at least one, and need do nothing else for it.

When a browser comes
--------------------
The kernel of a page may be hours old when somebody opens it ("preheated"). What a page shows
of the outside world (runs, devices, files) is read in a callback given to `Page.on_open`,
which is called when the figures are on screen; what is sent to a figure earlier never
arrives.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import parse_qs

import ipywidgets as widgets
import mistune
from bokeh.document import Document
from bokeh.io import output_notebook
from bokeh.models import CustomJS, GlyphRenderer, LayoutDOM
from bokeh.resources import INLINE
from IPython import get_ipython
from IPython.display import display

from explorer.i18n import _
from explorer.pages import IN_VOILA
from explorer.pages.shared.page.figure_widget import FigureWidget
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import classed
from explorer.pages.shared.page.theme import TEMPLATE_FOLDER

Query = dict[str, str]

_PAGES = Path(__file__).parents[2]
_DRAWN = (Path(__file__).parent / "drawing.js").read_text(encoding="utf-8")


class Page:
    """The frame of one page.

    Parameters
    ----------
    name : str
        Of its folder in `explorer.pages`: the page has the style sheets of all its questions.

    Attributes
    ----------
    notice : Notice
        The page's own line for messages, above the figure. Errors of one control belong
        into a `Notice` of that control's `section`.
    """

    def __init__(self, name: str = "") -> None:
        self.notice = Notice()
        self._style_sheets = sorted((_PAGES / name).rglob("*.css")) if name else []
        self._on_open: list[Callable[[Query], None]] = []
        self._waiting: set[str] = set()
        self._opened = False

    def plot(self, model: LayoutDOM) -> widgets.DOMWidget:
        """Return `model` (a figure or a Bokeh layout) as a widget; build it once, keep it.

        The page is open when all figures are drawn that were made before it was.
        """
        if model.document is not None:
            raise ValueError(_("this figure is on a page already; change its data source instead"))
        # Nothing is selected or muted: Bokeh's glyphs for that need not be sent.
        for renderer in model.select({"type": GlyphRenderer}):
            renderer.update(nonselection_glyph="auto", muted_glyph="auto")
        document = Document()
        document.add_root(model)
        document.js_on_event("document_ready", CustomJS(args={"plot": model}, code=_DRAWN))
        if not self._opened:
            self._waiting.add(model.id)
            model.on_change("tags", lambda _attr, _old, tags: self._drawn(model.id, str(tags[0])))
        return classed(FigureWidget(model), "ssdx-plot")

    def on_open(self, callback: Callable[[Query], None]) -> None:
        """Call `callback(query)` each time a browser has drawn the page's figures.

        `query` holds the address's parameters, the token left out.
        """
        self._on_open.append(guarded(self.notice)(callback))

    def show(
        self,
        main: Sequence[widgets.Widget],
        controls: Sequence[widgets.Widget],
        help_text: str = "",
    ) -> None:
        """Display the page; the last line of a page's `show`.

        Parameters
        ----------
        main : widgets
            The large column: figures and what belongs below them.
        controls : widgets
            The narrow column, normally several `section`.
        help_text : str
            Markdown, for the collapsible "How to read this page".
        """
        _log_to_server()
        if not IN_VOILA:  # there our template has sent the library ahead
            output_notebook(INLINE, hide_banner=True)
        display(self.build(main, controls, help_text))
        if IN_VOILA:
            # The page itself is never garbage; a look at all of it would stop a slider's move for
            # a tenth of a second.
            gc.freeze()
            gc.enable()

    def build(
        self,
        main: Sequence[widgets.Widget],
        controls: Sequence[widgets.Widget],
        help_text: str = "",
    ) -> widgets.VBox:
        """Return the page's root widget without displaying it."""
        left = classed(widgets.VBox(list(main)), "ssdx-main")
        right = classed(widgets.VBox(list(controls)), "ssdx-side")
        columns = classed(widgets.Box([left, right]), "ssdx-columns")
        children: list[widgets.Widget] = [self._style(), self.notice, columns]
        if help_text:
            summary = _("How to read this page")
            text = mistune.create_markdown()(help_text)
            text = f"<details><summary>{summary}</summary><div>{text}</div></details>"
            children.append(classed(widgets.HTML(text), "ssdx-help"))
        return classed(widgets.VBox(children), "ssdx-page")

    def _style(self) -> widgets.HTML:
        sheets = self._style_sheets
        if not IN_VOILA:  # JupyterLab has no template of ours
            ours = (TEMPLATE_FOLDER / name for name in ("theme.generated.css", "widgets.css"))
            sheets = [*ours, *sheets]
        style = "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
        return widgets.HTML(f"<style>{style}</style>", layout={"display": "none"})

    def _drawn(self, model_id: str, search: str) -> None:
        self._waiting.discard(model_id)
        if self._waiting:
            return
        self._opened = True
        query = {name: values[-1] for name, values in parse_qs(search.lstrip("?")).items()}
        query.pop("token", None)
        for callback in self._on_open:
            callback(query)


def _log_to_server() -> None:
    """Let log records reach the terminal: a kernel's own stderr ends nowhere after the cell."""
    copy = getattr(sys.stderr, "_original_stdstream_copy", None)
    log = logging.getLogger("explorer")
    if get_ipython() is None or copy is None or log.handlers:
        return
    handler = logging.StreamHandler(os.fdopen(os.dup(copy), "w", buffering=1))
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    log.addHandler(handler)
