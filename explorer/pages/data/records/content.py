"""What the record panel writes: shares of bytes, fields, objects, the padded label."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from explorer.datasets.labels import clean, padded
from explorer.datasets.records.anatomy import Field
from explorer.i18n import N_, _, ngettext
from explorer.pages.data.records.shown_record import ObjectRow, ShownRecord
from explorer.pages.shared.controls.html_table import html_table
from explorer.pages.shared.controls.share_bar import share_bar
from explorer.pages.shared.page import theme

MOST_NUMBERS = 12
"""Of a label that is none of boxes."""

MOST_OBJECTS = 60
MOST_ROWS = 200

_TOO_LARGE = 10_000
"""No corner of a box, whatever its unit."""

_PARTS = {
    "frame": (N_("RecordIO"), theme.ROLES["anchor"].color),
    "header": (N_("Header"), theme.ROLES["positive"].color),
    "label": (N_("Label"), theme.ROLES["gt"].color),
    "object": (N_("Label"), theme.ROLES["gt"].color),
    "image": (N_("Image"), theme.ROLES["forced"].color),
}
_COLUMNS = ("class_id", "xmin", "ymin", "xmax", "ymax")


def byte_bar(record: ShownRecord) -> str:
    """Return how a record's bytes are shared out."""
    parts = (("frame",), ("header",), ("label", "object"), ("image",))
    shares = [
        (_(name), color, record.bytes_of(*part))
        for part in parts
        for name, color in (_PARTS[part[0]],)
    ]
    return share_bar(shares, lambda number: _("{number:,} bytes").format(number=int(number)))


def field_table(record: ShownRecord) -> str:
    """Return every field in the order of the file; objects, which have a table, are one row."""
    heads = (_("Field"), _("Byte"), _("Length"), _("First bytes"), _("Meaning"))
    rows, numbers, objects = [], 0, [f for f in record.fields if f.part == "object"]
    for field in record.fields:
        numbers += field.part == "label"
        if field.part == "object":
            if field is objects[0]:
                rows.append(_field_row(_all_objects(record, objects)))
        elif field.part != "label" or numbers <= MOST_NUMBERS:
            rows.append(_field_row(field))
        elif numbers == MOST_NUMBERS + 1:
            rows.append((escape(_("more numbers")), "", "", "", ""))
    return html_table(heads, rows, numbers=(1, 2))


def object_table(objects: Sequence[ObjectRow], input_size: int) -> str:
    """Return each object with its numbers: as they are, in px of the network's input, in bytes."""
    if not objects:
        return f'<p class="ssdx-muted">{escape(_("This label has no objects."))}</p>'
    shown = objects[:MOST_OBJECTS]
    widest = max((row.fields for row in shown), key=len)
    heads = (_("Object"), *(escape(field.name) for field in widest))
    rows = [_object_row(number, row, input_size) for number, row in enumerate(shown, start=1)]
    table = html_table(heads, rows, numbers=range(1, len(heads)), named_rows=True)
    return _scrolling(_("The objects of the label"), table, len(objects) - len(shown))


def label_matrix(record: ShownRecord, label_rows: int) -> str:
    """Return the label as a batch has it: each object a row, then rows of -1 up to `label_rows`."""
    labels = clean(record.labels)
    matrix = padded(labels, max(label_rows, len(labels)))
    body = ""
    for number, row in enumerate(matrix[:MOST_ROWS].tolist()):
        style = "" if number < len(labels) else ' class="ssdx-padding"'
        cells = "".join(f"<td>{_number(column, value)}</td>" for column, value in enumerate(row))
        body += f'<tr{style}><th scope="row">{number}</th>{cells}</tr>'
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("", *_COLUMNS))
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    table = f'<div class="ssdx-matrix">{table}</div>'
    return _scrolling(_("The padded label"), table, len(matrix) - MOST_ROWS)


def _scrolling(name: str, table: str, num_left_out: int) -> str:
    """Return a table that scrolls in its place, also with the keys."""
    more = ""
    if num_left_out > 0:
        text = _("and {number:,} more").format(number=num_left_out)
        more = f'<p class="ssdx-muted ssdx-fine">{escape(text)}</p>'
    return (
        f'<div class="ssdx-scrolls" tabindex="0" role="region" aria-label="{escape(name)}">'
        f"{table}{more}</div>"
    )


def _field_row(field: Field) -> tuple[str, ...]:
    name, color = _PARTS[field.part]
    more = " …" if field.num_bytes > len(bytes.fromhex(field.hex)) else ""
    return (
        f'<span class="ssdx-part" style="--color: {color}">{escape(field.name)} '
        f"<small>{escape(_(name))}</small></span>",
        f"{field.offset:,}",
        f"{field.num_bytes:,}",
        f"<code>{field.hex}{more}</code>",
        escape(field.meaning),
    )


def _all_objects(record: ShownRecord, objects: Sequence[Field]) -> Field:
    name = ngettext("{n:,} object", "{n:,} objects", len(record.objects))
    start = f"{objects[0].hex} {objects[1].hex}"
    meaning = _("{width} numbers each, named above").format(width=len(record.objects[0].fields))
    num_bytes = sum(field.num_bytes for field in objects)
    return Field("object", name, objects[0].offset, num_bytes, start, meaning)


def _object_row(number: int, row: ObjectRow, input_size: int) -> list[str]:
    first = row.fields[0]
    at = _("byte {offset:,}").format(offset=first.offset)
    cells = [f"{number} {escape(row.name)}<small>{escape(at)}</small>"]
    for column, field in enumerate(row.fields):
        value = float(field.value or 0.0)
        is_corner = 1 <= column <= 4 and not row.is_padding
        px = _("{px:.1f} px").format(px=value * input_size) if is_corner else "&nbsp;"
        code = field.hex.replace(" ", "")
        cells.append(f"{_number(column, value)}<small>{px}</small><code>{code}</code>")
    return cells


def _number(column: int, value: float) -> str:
    """Return a class as it is, a corner with four decimals; padding is -1 everywhere."""
    is_whole = column == 0 or value == -1
    text = f"{value:g}" if is_whole or abs(value) >= _TOO_LARGE else f"{value:.4f}"
    return text.replace("-", "−")
