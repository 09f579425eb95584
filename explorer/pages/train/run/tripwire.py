"""The images on which a run met a number that is not finite."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from typing import Annotated, Literal

import ipywidgets as widgets
from pydantic import BaseModel, Field

from explorer.i18n import _
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.parts import show
from explorer.pages.train.model import TrainLiveModel
from explorer.training.run.json_file import read_json
from explorer.training.run.records import Count, Number


class _Image(BaseModel):
    file: Annotated[str, Field(pattern=r"^tripwire-\d+\.png$")]
    record_id: int
    labels: list[tuple[Number, Number, Number, Number, Number]]


class _Box(BaseModel):
    record_id: int
    row: int


class _Tripwire(BaseModel):
    """As `explorer.training.tripwire.write_tripwire` writes it."""

    step: Count
    split: Literal["train", "val"]
    images: list[_Image]
    box: _Box | None


class TripwireView:
    """HTML that follows the model; it is hidden as long as nothing went wrong."""

    def __init__(self, model: TrainLiveModel) -> None:
        self._model = model
        self._drawn = ""
        self.widget = widgets.HTML()
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        model = self._model
        failed = model.run is not None and model.status.state == "failed"
        shown = f"{model.run_id} {model.status.step}" if failed else ""
        if shown != self._drawn or not shown:
            self._drawn = shown
            self.widget.value = _drawing(model.run.path) if failed and model.run else ""
            show(self.widget.value, self.widget)


def _drawing(folder: Path) -> str:
    """Return figures as HTML; empty where the run met no number that is not finite."""
    try:
        return _figures(read_json(folder / "tripwire.json", _Tripwire), folder)
    except FileNotFoundError:
        return ""
    except ValueError as error:
        return f'<p class="ssdx-error">{escape(str(error))}</p>'


def _figures(content: _Tripwire, folder: Path) -> str:
    title = _("What the network saw after step {step:,}, of the watched images")
    if content.split == "train":
        title = _("What the network saw at step {step:,}, as augmented")
    title = title.format(step=content.step)
    about = _(
        "The ground truth is {color}. Dashed red: the object whose box is worst, if it can be "
        "told.",
        color=theme.ROLES["gt"].color_word,
    )
    figures = "".join(_figure(image, content.box, folder) for image in content.images)
    return (
        f'<p class="ssdx-subtitle">{title}</p><div class="ssdx-tripwire">{figures}</div>'
        f'<p class="ssdx-muted ssdx-fine">{about}</p>'
    )


def _figure(image: _Image, worst: _Box | None, folder: Path) -> str:
    picture = base64.b64encode((folder / image.file).read_bytes()).decode("ascii")
    is_of_this = worst is not None and worst.record_id == image.record_id
    worst_row = worst.row if worst is not None and is_of_this else None
    boxes = "".join(
        _rectangle(corners, row == worst_row)
        for row, (_class_id, *corners) in enumerate(image.labels)
    )
    caption = _("record {number}", number=image.record_id)
    return (
        '<figure><svg viewBox="0 0 100 100" role="img" '
        f'aria-label="{escape(caption)}"><image href="data:image/png;base64,{picture}" width="100" '
        f'height="100" preserveAspectRatio="none"/>{boxes}</svg>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _rectangle(corners: list[float], worst: bool) -> str:
    left, top, right, bottom = (100 * value for value in corners)
    color = theme.DANGER if worst else theme.ROLES["gt"].color
    dash = ' stroke-dasharray="4 2"' if worst else ""
    return (
        f'<rect x="{left:.2f}" y="{top:.2f}" width="{right - left:.2f}" '
        f'height="{bottom - top:.2f}" fill="none" stroke="{color}" stroke-width="1.5"{dash}/>'
    )
