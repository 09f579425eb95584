"""Which keys there are on the picture, and what becomes of the labels."""

from __future__ import annotations

from explorer.i18n import _


def help_html() -> str:
    """Return our own text, folded up."""
    keys = (
        (_("Drag"), _("draws a box beside the selected one; with D, or Draw a box, anywhere")),
        (_("Click"), _("selects the smallest box there, again the next larger one")),
        (_("Arrows"), _("move the selected box by 1 px, with Shift by 10")),
        ("1 … 9", _("give it a class, or choose that of the next box")),
        (_("Delete, Esc"), _("removes it; selects none")),
        ("N, P, E", _("next image, previous image, next one without boxes")),
        ("C", _("copies the previous image's boxes")),
        ("Ctrl+Z, Ctrl+Y", _("undo and redo, on all images")),
        (
            _("Ctrl+wheel, + − 0"),
            _("zoom in, zoom out, the whole image; Shift and drag to move it"),
        ),
    )
    rows = "".join(f"<dt>{key}</dt><dd>{text}</dd>" for key, text in keys)
    summary = _("Keys, and where labels go")
    note = _(
        "Keys work while the pointer is on the picture. Your own files stay as they are: each "
        "change is kept as a draft within a second, and Save writes Pascal VOC and COCO files "
        "with links to the images, a folder that “ssd-explorer data import” reads as it is."
    )
    return (
        f'<details class="ssdx-labelhelp"><summary>{summary}</summary>'
        f"<dl>{rows}</dl><p>{note}</p></details>"
    )
