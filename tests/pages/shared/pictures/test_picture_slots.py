from __future__ import annotations

from explorer.pages.shared.pictures.picture_slots import PictureSlots


def test_only_the_first_places_are_shown() -> None:
    slots = PictureSlots("thing", 3, lambda _place: None)
    slots.show_first(2)
    assert [place.layout.display for place in slots.places] == [None, None, "none"]


def test_a_picture_that_is_pressed_tells_its_place() -> None:
    pressed: list[int] = []
    slots = PictureSlots("thing", 3, pressed.append)
    slots.pictures[2].click()
    assert pressed == [2]


def test_a_place_has_its_picture_until_it_has_none() -> None:
    slots = PictureSlots("thing", 2, lambda _place: None)
    styles = slots.widget.children[0].children
    slots.draw(1, "data:image/jpeg;base64,AA")
    assert [style.value for style in styles] == [
        "",
        "<style>.ssdx-page .ssdx-thing-1 "
        "{background-image: url(data:image/jpeg;base64,AA)}</style>",
    ]
    slots.draw(1, "")
    assert [style.value for style in styles] == ["", ""]


def test_a_picture_says_what_it_is() -> None:
    slots = PictureSlots("thing", 1, lambda _place: None)
    slots.describe(0, "Open", "The first of one")
    picture = slots.pictures[0]
    assert (picture.description, picture.tooltip) == ("Open", "The first of one")
    assert picture._dom_classes == ("ssdx-thingpicture", "ssdx-thing-0")
