from __future__ import annotations

from explorer.exchange.class_colors import CLASS_COLORS
from explorer.pages.anchors.help import help_text
from explorer.pages.shared.page.colors import ROLES


def test_no_class_has_the_colour_of_the_ground_truth() -> None:
    assert ROLES["gt"].color not in CLASS_COLORS


def test_texts_name_the_colour_of_the_role() -> None:
    assert "Drag the green box" in help_text()
    assert ROLES["gt"].color_word == "green"
