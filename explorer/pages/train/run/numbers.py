"""What the last steps of a run say, in numbers that cannot be mistaken for success."""

from __future__ import annotations

from typing import Any

from explorer.i18n import N_, _
from explorer.pages.shared.controls.html_table import html_table
from explorer.pages.shared.controls.share_bar import time_bar
from explorer.pages.train.run_curves import RunCurves

_STAGES = (
    ("data", N_("Data"), "#E69F00"),
    ("forward", N_("Forward"), "#56B4E9"),
    ("backward", N_("Targets, losses, backward"), "#3b4cca"),
    ("update", N_("Update"), "#CC79A7"),
)


def run_numbers(curves: RunCurves) -> str:
    """Return a table and a bar as HTML."""
    title = f'<h2 class="ssdx-title">{_("The last step")}</h2>'
    if curves.last_step is None:
        text = _("Nothing yet: numbers appear after the first step.")
        return f'{title}<p class="ssdx-muted">{text}</p>'
    table = html_table(("", "", ""), _rows(curves.last_step), numbers=(1,), named_rows=True)
    seconds = curves.seconds_by_stage()
    parts = [(_(name), color, seconds.get(stage, 0.0)) for stage, name, color in _STAGES]
    where = _("Where a step's time goes (mean of the last {number})", number=curves.num_timed)
    return (
        f'{title}<div class="ssdx-wrapping">{table}</div>'
        f'<p class="ssdx-subtitle">{where}</p>{time_bar(parts)}'
    )


def _rows(step: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return name, value and what to compare it with; what an old run lacks is left out."""
    of_all = against = ""
    if "num_positives" in step:
        of_all = _("of {number:,}: these have an object", number=step["num_positives"])
    if step.get("background_accuracy") is not None:
        background = _share(step["background_accuracy"], digits=2)
        against = _("answering “background” every time gives {share}", share=background)
    positive, total = _share(step.get("positive_accuracy")), _share(step.get("accuracy"), digits=2)
    rows = [
        (_("Positive anchors classified correctly"), positive, of_all),
        (_("All anchors classified correctly"), total, against),
    ]
    if step.get("positive_box_error_px") is not None:
        mae = step.get("box_mae")
        tutorial = _("the tutorial's MAE over all anchors: {mae:.1e}")
        rows.append(
            (
                _("Mean corner error of their boxes"),
                _("{px:.1f} px", px=step["positive_box_error_px"]),
                "" if mae is None else tutorial.format(mae=mae),
            )
        )
    if step.get("positives_per_layer"):
        maps = " · ".join(f"{number:,}" for number in step["positives_per_layer"])
        rows.append((_("Positives by map"), maps, _("from the finest map to the 1×1")))
    if step.get("memory_mb") is not None:
        gpu = step.get("gpu_memory_mb")
        on_gpu = "" if gpu is None else _("and {mb:,.0f} MB on the GPU", mb=gpu)
        rows.append((_("Memory"), _("{mb:,.0f} MB", mb=step["memory_mb"]), on_gpu))
    return rows


def _share(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:.{digits}%}"
