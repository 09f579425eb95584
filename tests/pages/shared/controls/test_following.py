from __future__ import annotations

import ipywidgets as widgets

from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.notice import Notice, guarded


def test_it_listens_to_the_user_and_not_to_the_view() -> None:
    following, taken = Following(), list[str]()
    choice = widgets.Dropdown(options=["a", "b", "c"], value="a")
    following.listen(choice, taken.append)
    with following:
        choice.value = "b"
    choice.value = "c"
    assert taken == ["c"]


def test_a_choice_of_nothing_is_no_choice() -> None:
    following, taken = Following(), list[str]()
    choice = widgets.Dropdown(options=["a", "b"], value="a")
    following.listen(choice, taken.append)
    choice.value = None
    assert taken == []


def test_what_goes_wrong_is_said_and_the_next_change_is_heard() -> None:
    notice = Notice()
    following = Following(guarded(notice))

    def refuse(value: bool) -> None:
        if value:
            raise ValueError("Not this one.")

    box = widgets.Checkbox(value=False)
    following.listen(box, refuse)
    box.value = True
    assert notice.text == "Not this one."
    box.value = False
    assert notice.text == ""
