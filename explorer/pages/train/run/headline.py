"""How far a run has come: its state, a bar, its pace and what it has reached."""

from __future__ import annotations

from html import escape

from explorer.i18n import N_, _, ngettext
from explorer.pages.shared.choices.names_text import names_text
from explorer.pages.train.duration_text import duration_text
from explorer.pages.train.model import TrainLiveModel

_STATE_WORDS = {
    "starting": N_("Starting"),
    "preparing": N_("Preparing"),
    "running": N_("Training"),
    "paused": N_("Paused"),
    "finished": N_("Finished"),
    "diverged": N_("Diverged"),
    "stopped": N_("Stopped"),
    "failed": N_("Failed"),
    "died": N_("Died"),
}


def headline(model: TrainLiveModel) -> str:
    """Return it as HTML for one widget: a step changes all of it, and is painted once."""
    status = model.status
    if model.run_id:
        title = _(_STATE_WORDS[status.state]) + _progress_words(model)
        said = "" if status.state in ("failed", "died", "diverged") else status.sentence
        details = " · ".join(part for part in (said, *_figures(model)) if part)
    else:
        title = _("No run yet")
        details = _invitation(() if model.preview is None else model.preview.class_names)
    percent = 100 * status.progress if model.run_id else 0.0
    return (
        f'<p class="ssdx-subtitle ssdx-headline">{escape(title)}</p>'
        f'<div class="ssdx-progress" role="progressbar" aria-label="{_("Progress")}" '
        f'aria-valuenow="{percent:.0f}" aria-valuemin="0" aria-valuemax="100">'
        f'<i style="width: {percent:.1f}%"></i></div>'
        f'<p class="ssdx-muted">{escape(details)}</p>'
    )


def _invitation(class_names: tuple[str, ...]) -> str:
    """Return what Start will do: learn to find these classes, as far as they are known."""
    if not class_names:
        return _("Press Start training and watch the network learn.")
    text = _("Press Start training and watch the network learn to find: {classes}.")
    return text.format(classes=names_text(class_names))


def _progress_words(model: TrainLiveModel) -> str:
    status = model.status
    if not status.num_steps:
        return ""
    text = _(" · step {step:,} of {all:,} · epoch {epoch}")
    return text.format(step=status.step, all=status.num_steps, epoch=status.epoch)


def _figures(model: TrainLiveModel) -> list[str]:
    """Return speed, time left, and the latest validation figures, as far as they are known."""
    parts = []
    if model.status.state == "running" and model.curves.samples_per_second is not None:
        parts.append(_("{speed:.1f} images/s", speed=model.curves.samples_per_second))
        if model.seconds_left is not None:
            parts.append(_("{time} left", time=duration_text(model.seconds_left)))
    if model.curves.validations["step"]:
        ap50, ap75 = (model.curves.validations[name][-1] for name in ("ap50", "ap75"))
        parts.append(f"AP50 {ap50:.3f} · AP75 {ap75:.3f}")
    if number := model.curves.num_left_out:
        left_out = ngettext(
            "{n:,} line of its records left out", "{n:,} lines of its records left out", number
        )
        parts.append(left_out)
    return parts
