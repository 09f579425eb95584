"""What a run is going to do, in words."""

from __future__ import annotations

from html import escape

from explorer.i18n import _
from explorer.pages.train.duration_text import duration_text
from explorer.pages.train.settings.plan import Plan


def plan_text(plan: Plan) -> str:
    """Return a list of what will happen, and what will go badly, as HTML."""
    lines = [_("{number:,} anchors per image.").format(number=plan.num_anchors)]
    if plan.num_images is None or plan.num_steps is None:
        lines.append(_("The data set is not there yet: it is made first, which takes a minute."))
    else:
        lines.append(
            _("{images:,} images to learn from: {steps:,} steps in total.").format(
                images=plan.num_images, steps=plan.num_steps
            )
        )
    if plan.coverage is not None:
        lines.append(
            _("{share:.1%} of their objects have an anchor over the match threshold.").format(
                share=plan.coverage
            )
        )
    if plan.taken:
        lines.append(escape(plan.taken))
    if plan.seconds is not None:
        time = duration_text(plan.seconds)
        lines.append(_("About {time} at the last run's pace.").format(time=time))
    items = "".join(f"<li>{line}</li>" for line in lines)
    warnings = "".join(f'<p class="ssdx-warning">{escape(each)}</p>' for each in plan.warnings)
    return f"<ul>{items}</ul>{warnings}"
