"""Legend and help of the anchors page."""

from __future__ import annotations

from explorer.i18n import _
from explorer.pages.anchors.photograph.receptive_field import field_swatch
from explorer.pages.anchors.state import AnchorsState
from explorer.pages.anchors.table.table import role_swatch
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.colors import ROLES


def photograph_legend(state: AnchorsState) -> str:
    """Return what the lines on the photograph mean, of those that there can be."""
    words = {
        "gt": _("Ground truth"),
        "positive": _("Positive"),
        "forced": _("Forced"),
        "anchor": _("Background"),
        "mined": _("Mined negative"),
        "ignored": _("Ignored"),
    }
    roles = ["gt", "positive", "forced", "anchor"] if state.objects else ["ignored"]
    if state.objects and state.match.negative_mining_ratio > 0:
        roles += ["mined", "ignored"]
    items = [(role_swatch(theme.ROLES[role]), words[role]) for role in roles]
    if state.receptive_field:
        items.append((field_swatch(), _("Receptive field")))
    entries = "".join(f"<span>{swatch}{text}</span>" for swatch, text in items)
    return f'<div class="ssdx-legend">{entries}</div>'


def help_text() -> str:
    """Return the text of “How to read this page”, in Markdown."""
    paragraphs = (
        _("An anchor is a box that the detector may start from. Each cell of a feature map has a "
          "few of them, all around its centre: one for every size, and one for every further "
          "ratio at the first size. So it is S + R − 1 anchors, not S × R."),
        _("Fine maps have many cells and small anchors; the 1×1 map has one cell for objects "
          "that fill the image. All pixels on this page are those of the network's input, to "
          "which the photograph is stretched."),
        _("IoU is the area that two boxes share, divided by the area that they cover together. "
          "Anchors above the threshold are positive: they learn the object. The best anchor is "
          "forced to be positive even below the threshold, so that no object is lost. The replay "
          "below the photograph shows it step by step."),
        _("Click the photograph to see another cell. Drag the {color} box, or pull its edges and "
          "corners. With the keyboard: Tab to the photograph, arrow keys for the cell, Shift "
          "and arrow keys for the {color} box, Delete to remove it.",
          color=ROLES["gt"].color_word),
    )  # fmt: skip
    return "\n\n".join(paragraphs)
