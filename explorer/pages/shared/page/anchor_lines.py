"""How anchors are drawn: the colour and the dash of a line say what the anchor is."""

from __future__ import annotations

from explorer.pages.shared.anchor_kind import AnchorKind
from explorer.pages.shared.page.colors import ROLES, Role

_ROLES: dict[int, str] = {
    AnchorKind.FORCED: "forced",
    AnchorKind.OVER_THRESHOLD: "positive",
    AnchorKind.MINED: "mined",
    AnchorKind.IGNORED: "ignored",
    AnchorKind.BACKGROUND: "anchor",
}
_DASHES = {"solid": [], "dashed": [6, 4], "dotted": [2, 3], "dotdash": [2, 3, 6, 3]}


def role_of(kind: int) -> Role:
    """Return how an anchor of this `AnchorKind` is drawn: its kind is all that its line says."""
    return ROLES[_ROLES[kind]]


def dash_of(role: Role) -> list[int]:
    """Return the pattern of a role's line: lengths of strokes and gaps, px."""
    return _DASHES[role.dash]
