from __future__ import annotations

import pytest

from explorer.datasets.importers.folder.path_names import parts_of, readings_of


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("C:\\Set\\A.JPG", ("c:", "set", "a.jpg")),
        (" ./a//b/./1.png ", ("a", "b", "1.png")),
        ("cafe\u0301.jpg", ("café.jpg",)),
        ("", ()),
        ("././", ()),
    ],
)
def test_parts_as_they_are_compared(said: str, parts: tuple[str, ...]) -> None:
    assert parts_of(said) == parts


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("https://host/set/a%20b.jpg", ("host", "set", "a b.jpg")),
        ("https://host/a.jpg?token=1/2", ("host", "a.jpg")),
        ("/data/local-files/?d=set/a.jpg", ("set", "a.jpg")),
        ("/data/upload/3/0a1b2c3d-a.jpg", ("data", "upload", "3", "a.jpg")),
    ],
)
def test_what_an_address_may_mean(said: str, meant: tuple[str, ...]) -> None:
    readings = list(readings_of(said))
    assert readings[0] == parts_of(said)
    assert meant in readings


@pytest.mark.parametrize(
    "name", ["20230405-1.jpg", "20230405_1.jpg", "deadbeef_1.jpg", "0a1b2c3-1.jpg"]
)
def test_a_date_is_a_part_of_the_name(name: str) -> None:
    assert ("1.jpg",) not in list(readings_of(name))
