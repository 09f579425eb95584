from __future__ import annotations

from pathlib import Path

import pytest

from explorer.datasets.annotations import Annotation, AnnotationSet
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.gathering import Gathering
from tests.datasets.labelled import boxes_of

Said = tuple[str, str, tuple[float, float, float, float]]
BOX = (1.0, 2.0, 3.0, 4.0)
OTHER = (5.0, 6.0, 7.0, 8.0)


def gathered(root: Path, images: list[str], said: list[Said]) -> AnnotationSet:
    """Return what label files say of images; each entry is a label file, an image and a box."""
    for name in images:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    gathering = Gathering(ImageFiles(root))
    for label_file, name, box in said:
        image = gathering.image(name, root / label_file)
        image.add(Annotation("cat", box, "object 1"), root / label_file)
    return gathering.finished("coco")


@pytest.mark.parametrize(
    ("said", "boxes", "note"),
    [
        ([("x.json", "a.jpg", BOX), ("x.json", "a.jpg", BOX)], [BOX, BOX], None),
        (
            [("x.json", "a.jpg", BOX), ("y.json", "A.JPG", (1.04, 2.0, 2.96, 4.0))],
            [BOX],
            "1 box is in two files: it counts once",
        ),
        (
            [("x.json", "a.jpg", BOX), ("y.json", "./a.jpg", OTHER)],
            [BOX, OTHER],
            "1 image has boxes of more than one file: all of them were taken",
        ),
    ],
)
def test_what_several_files_say_of_an_image(
    tmp_path: Path, said: list[Said], boxes: list[object], note: str | None
) -> None:
    found = gathered(tmp_path, ["a.jpg"], said)
    (image,) = found.images
    assert boxes_of(image) == [("cat", box) for box in boxes]
    assert found.notes == (() if note is None else (note,))


def test_two_folders_that_lack_an_image_of_one_name(tmp_path: Path) -> None:
    found = gathered(tmp_path, [], [("a/x.csv", "1.jpg", BOX), ("b/x.csv", "1.jpg", OTHER)])
    assert [boxes_of(image) for image in found.images] == [[("cat", BOX)], [("cat", OTHER)]]


def test_a_lost_image_takes_none_of_the_other_side(tmp_path: Path) -> None:
    images = ["bananas_train/images/0.png", "bananas_val/images/0.png", "bananas_val/images/1.png"]
    said = [(f"bananas_{side}/label.csv", f"{n}.png", box)
            for side, box in (("train", BOX), ("val", OTHER)) for n in (0, 1)]  # fmt: skip
    found = gathered(tmp_path, images, said)
    assert {
        (image.name, image.path is not None): boxes_of(image)[0][1] for image in found.images
    } == {
        ("bananas_train/images/0.png", True): BOX,
        ("1.png", False): BOX,
        ("bananas_val/images/0.png", True): OTHER,
        ("bananas_val/images/1.png", True): OTHER,
    }


def test_what_the_file_says_of_the_side_comes_first(tmp_path: Path) -> None:
    files = ImageFiles(tmp_path)
    gathering = Gathering(files)
    gathering.image("a.jpg", tmp_path / "train.csv")
    gathering.image("b.jpg", tmp_path / "train.csv", side="val")
    gathering.image("c.jpg", tmp_path / "labels.csv")
    assert gathering.finished("csv").split == {"a.jpg": "train", "b.jpg": "val"}


def test_a_name_that_leads_elsewhere_stays_below_the_folder(tmp_path: Path) -> None:
    gathering = Gathering(ImageFiles(tmp_path))
    gathering.image("../../x.jpg", tmp_path / "x.json")
    gathering.image("..", tmp_path / "x.json", "image ../7")
    names = [image.name for image in gathering.finished("coco").images]
    assert names == ["x.jpg", "image ../7"]
