from __future__ import annotations

from explorer.pages.shared.controls.html_table import html_table


def test_heads_head_their_columns_and_rows() -> None:
    assert html_table(["", "IoU"], [("<b>a</b>", "0.5")], numbers=[1], named_rows=True) == (
        '<div class="ssdx-table"><table>'
        '<thead><tr><td></td><th scope="col" class="ssdx-number">IoU</th></tr></thead>'
        '<tbody><tr><th scope="row"><b>a</b></th><td class="ssdx-number">0.5</td></tr></tbody>'
        "</table></div>"
    )


def test_rows_without_names_have_no_heads() -> None:
    table = html_table(["x", "y"], [("1", "2"), ("3", "4")])
    assert table.count("<th ") == 2
    assert "<tbody><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></tbody>" in table


def test_a_table_without_heads_has_no_row_for_them() -> None:
    assert "<thead>" not in html_table(["", ""], [("a", "b")])
