"""The data page in a browser: from a folder of the user's own to a data set on every page."""

from __future__ import annotations

import base64
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from explorer.datasets import RecordDataset
from explorer.datasets.exporters import write_voc
from explorer.datasets.importers import read_annotations
from tests.browser.browsing import Server
from tests.datasets.labelled import picture, set_of

CAT, DOG = ("cat", (6.0, 8.0, 30.0, 20.0)), ("dog", (10.0, 4.0, 58.0, 38.0))
TURNED = ("dog", (40.0, 30.0, 12.0, 6.0))
"""Its corners are the wrong way round."""


DROP = """async content => {
  const moved = new DataTransfer()
  const bytes = Uint8Array.from(atob(content), (char) => char.charCodeAt(0))
  moved.items.add(new File([bytes], "dropped.zip"))
  for (const kind of ["dragover", "drop", "drop"]) {
    const options = { dataTransfer: moved, bubbles: true, cancelable: true }
    document.body.dispatchEvent(new DragEvent(kind, options))
  }
  await new Promise((resolve) => setTimeout(resolve))
  return document.querySelector(".ssdx-upload-problem").textContent
}"""
"""A file out of another page, dropped twice: what is said of the second before any answer."""


def drop(page: Page, *paths: Path) -> None:
    """Drop files or folders of this machine on the page, as a hand does."""
    session = page.context.new_cdp_session(page)
    files = [str(path) for path in paths]
    moved = {"items": [], "files": files, "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        event = {"type": kind, "x": 100, "y": 300, "data": moved}
        session.send("Input.dispatchDragEvent", event)
    session.detach()


@pytest.fixture(autouse=True)
def clean(server: Server) -> Iterator[None]:
    """Take away what a test has built."""
    yield
    assert server.data is not None
    for path in server.data.iterdir():
        shutil.rmtree(path)


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Six photographs with their VOC labels; one box is bad."""
    folder = tmp_path / "my pets"
    rows = [[CAT, TURNED], [DOG], [CAT], [DOG], [CAT, DOG], [CAT]]
    write_voc(set_of(folder, rows), folder)
    return folder


def read(page: Page, where: Path | str) -> None:
    field = page.get_by_label("Folder or zip on the server")
    field.fill(str(where))
    field.press("Enter")


def test_a_folder_becomes_a_data_set_that_is_on_every_page(
    open_page: Callable[..., Page], server: Server, pets: Path
) -> None:
    page = open_page("data")
    headline = page.locator(".ssdx-caption").first
    # There is something to see before anything is brought.
    expect(headline).to_contain_text("80 images, 80 objects of one class")
    expect(page.get_by_text("nothing is wrong")).to_be_visible()

    before = {path.name: path.read_bytes() for path in pets.iterdir()}
    read(page, pets)
    expect(headline).to_contain_text("6 images, 8 objects, 2 classes")
    expect(headline).to_contain_text("Pascal VOC")
    expect(page.get_by_text("6 images, 8 objects: 1 error.")).to_be_visible()
    expect(page.get_by_text("Box with negative width or height (1)")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Report as JSON").click()
    report = json.loads(Path(saved.value.path()).read_text())
    assert [each["kind"] for each in report["kinds"]] == ["inverted"]
    page.get_by_role("button", name="Fix all 1").click()
    expect(page.get_by_text("6 images, 8 objects: nothing is wrong.")).to_be_visible()

    name = page.get_by_label("New name for cat")
    name.fill("tiger")
    name.press("Enter")
    expect(page.get_by_role("button", name="As in the files")).to_be_visible()
    expect(page.get_by_label("Name of the data set")).to_have_value("my-pets")
    page.get_by_role("button", name="Build the data set").click()
    expect(page.get_by_text("my-pets is built and read back.")).to_be_visible()
    assert server.data is not None
    train = RecordDataset(server.data / "my-pets" / "train.rec")
    val = RecordDataset(server.data / "my-pets" / "val.rec")
    assert train.class_names == val.class_names == ("tiger", "dog")
    assert sum(map(len, (*train.labels, *val.labels))) == 8
    assert {path.name: path.read_bytes() for path in pets.iterdir()} == before

    # The same name once more is a question, not an overwriting.
    page.get_by_role("button", name="Build the data set").click()
    expect(page.get_by_text("A data set my-pets is here already")).to_be_visible()
    page.get_by_role("button", name="Replace the one that is there").click()
    expect(page.get_by_text("my-pets is built and read back.")).to_be_visible()

    page.get_by_role("button", name="Train on it").click()
    page.wait_for_url("**/train_live.ipynb**")
    page.wait_for_selector("body.ssdx-ready")
    expect(page.get_by_label("Data set", exact=True)).to_have_value("my-pets")
    expect(page.get_by_label("Start from").locator("option:checked")).to_contain_text("Creature")


def test_what_cannot_be_read_is_said_and_the_page_stays(
    open_page: Callable[..., Page], tmp_path: Path, pets: Path
) -> None:
    state = {"where": str(pets), "rename": {"cat": "lion"}, "seed": 7, "tab": "Check the labels"}
    page = open_page("data", state=json.dumps(state))
    headline = page.locator(".ssdx-caption").first
    expect(headline).to_contain_text("6 images, 8 objects, 2 classes")
    expect(page.get_by_label("Seed of the split")).to_have_value("7")
    expect(page.locator(".ssdx-classrow input[type=text]").first).to_have_value("lion")

    read(page, tmp_path / "nowhere")
    expect(page.get_by_text("nowhere is not there: type the path")).to_be_visible()
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\3\4 and so on")
    read(page, broken)
    expect(page.get_by_text("broken.zip is not a readable zip file")).to_be_visible()
    empty = tmp_path / "<b>empty"
    empty.mkdir()
    read(page, empty)
    expect(page.get_by_text("<b>empty has no labels that are known")).to_be_visible()
    expect(headline).to_contain_text("6 images, 8 objects, 2 classes")

    # With the bad box nothing is built, and it is said why.
    page.get_by_role("button", name="Build the data set").click()
    expect(page.get_by_text("0.jpg: ")).to_be_visible()
    text = page.locator(".ssdx-state textarea").input_value()
    assert json.loads(text)["rename"] == {"cat": "lion"}
    page.wait_for_function(
        "text => new URL(location.href).searchParams.get('state') === text", arg=text
    )
    assert json.loads(parse_qs(urlsplit(page.url).query)["state"][0])["where"] == str(pets)


def test_a_folder_and_a_zip_file_are_uploaded_on_a_phone(
    open_page: Callable[..., Page], tmp_path: Path, pets: Path
) -> None:
    page = open_page("data", size="mobile")
    headline = page.locator(".ssdx-caption").first
    expect(headline).to_contain_text("sample")
    page.locator("input[webkitdirectory]").set_input_files(pets)
    expect(headline).to_contain_text("my pets")
    expect(headline).to_contain_text("6 images, 8 objects, 2 classes")

    archive = tmp_path / "two.zip"
    with zipfile.ZipFile(archive, "w") as written:
        for path in sorted(pets.glob("[12].*")):
            written.write(path, path.name)
    page.locator("input[accept*=zip]").set_input_files(archive)
    expect(headline).to_contain_text("two.zip")
    expect(headline).to_contain_text("2 images, 2 objects, 2 classes")

    said = page.evaluate(DROP, base64.b64encode(archive.read_bytes()).decode())
    assert said == "Wait until this upload has ended, or cancel it first."
    expect(headline).to_contain_text("dropped.zip")
    expect(headline).to_contain_text("2 images, 2 objects, 2 classes")
    expect(page.locator(".ssdx-upload-problem")).to_be_hidden()

    hostile = tmp_path / "hostile.zip"
    with zipfile.ZipFile(hostile, "w") as written:
        written.writestr("../../escaped.jpg", b"x")
    page.locator("input[accept*=zip]").set_input_files(hostile)
    expect(
        page.get_by_text("hostile.zip has an entry that leads out of its folder")
    ).to_be_visible()
    expect(headline).to_contain_text("dropped.zip")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_set_with_many_classes(open_page: Callable[..., Page], tmp_path: Path) -> None:
    folder = tmp_path / "many"
    names = [f"class {number:03d}" for number in range(150)]
    write_voc(set_of(folder, [[(name, CAT[1])] for name in names]), folder)
    page = open_page("data", state=json.dumps({"where": str(folder)}))
    expect(page.locator(".ssdx-caption").first).to_contain_text("150 classes")
    rows = page.locator(".ssdx-classrow:visible")
    expect(rows).to_have_count(20)
    page.get_by_role("button", name="›").and_(page.get_by_title("Further ones")).click()
    expect(page.get_by_text("21–40 of 150")).to_be_visible()
    field = page.get_by_label("Find a class")
    field.fill("class 14")
    field.press("Enter")
    expect(rows).to_have_count(10)
    rows.last.get_by_role("textbox").fill("tiger")
    rows.last.get_by_role("textbox").press("Enter")
    field.fill("TIGER")
    field.press("Enter")
    expect(page.get_by_text("1–1 of 1", exact=True)).to_be_visible()
    expect(rows).to_have_count(1)
    expect(page.get_by_role("textbox", name="New name for class 149")).to_have_value("tiger")

    page.get_by_role("button", name="Draw labels").click()
    expect(page.locator(".ssdx-labelclasses button")).to_have_count(40)


def test_a_folder_and_loose_files_are_dropped(open_page: Callable[..., Page], pets: Path) -> None:
    page = open_page("data")
    headline = page.locator(".ssdx-caption").first
    expect(headline).to_contain_text("sample")
    (pets / "more" / "inside").mkdir(parents=True)
    for path in pets.glob("[01].*"):
        path.rename(pets / "more" / "inside" / path.name)
    drop(page, pets)
    expect(headline).to_contain_text("my pets")
    expect(headline).to_contain_text("6 images, 8 objects, 2 classes")

    drop(page, *sorted(pets.glob("[23].*")))
    expect(headline).to_contain_text("2.jpg and 3 more")
    expect(headline).to_contain_text("2 images, 2 objects, 2 classes")


def test_images_sizes_and_crops_are_looked_at(open_page: Callable[..., Page], pets: Path) -> None:
    page = open_page("data", state=json.dumps({"where": str(pets), "tab": "Images"}))
    pictures = page.locator(".ssdx-image:visible")
    expect(pictures).to_have_count(6)
    page.get_by_label("Show", exact=True).select_option(label="dog (4)")
    expect(pictures).to_have_count(4)
    page.get_by_label("With this in its name").fill("4.jpg")
    expect(pictures).to_have_count(1)
    pictures.first.get_by_role("button").click()
    expect(page.get_by_role("button", name="Back to the images")).to_be_visible()
    page.get_by_role("button", name="Back to the images").click()
    expect(pictures).to_have_count(1)

    page.get_by_role("button", name="Sizes and places").click()
    expect(page.get_by_text(re.compile(r"Half of the objects.* at 256 px"))).to_be_visible()
    side = page.get_by_label("Side of the network")
    side.fill("512")
    side.press("Enter")
    expect(page.get_by_text(re.compile(r"Half of the objects.* at 512 px"))).to_be_visible()
    side.fill("7")
    side.press("Enter")
    expect(page.get_by_text("from 64 to 1,024, so it is set to 64.")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Half of the objects.* at 64 px"))).to_be_visible()
    page.get_by_role("button", name="Show the largest object").click()
    # It leads to the images, whatever was looked for there.
    expect(page.get_by_role("button", name="Back to the images")).to_be_visible()

    page.get_by_role("button", name="Augmentation").click()
    throws = page.locator(".ssdx-throw:visible")
    expect(throws).to_have_count(6)
    before = page.locator(".ssdx-throw").first.inner_text()
    page.get_by_role("button", name="Throw again").click()
    expect(page.locator(".ssdx-throw").first).not_to_have_text(before)


def test_images_without_labels_are_labelled_saved_and_built(
    open_page: Callable[..., Page], server: Server, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    for number in range(3):
        picture(plain / f"{number}.jpg", number)
    page = open_page("data")
    expect(page.locator(".ssdx-caption").first).to_contain_text("sample")
    read(page, plain)
    expect(page.get_by_text("has no labels that are known")).to_be_visible()
    page.get_by_role("button", name="Label these images").click()
    expect(page.locator(".ssdx-caption").first).to_contain_text("3 images, 0 objects")

    new_class = page.get_by_placeholder(re.compile("class$"))  # the first, then another
    for name in ("cat", "dog"):
        new_class.fill(name)
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("button", name=name)).to_be_visible()
    image = page.get_by_label("The image. Drag to draw a box")

    def drag(x0: float, y0: float, x1: float, y1: float) -> None:
        image.hover()  # waits until it stays in its place
        area = image.bounding_box()
        assert area is not None
        scale = area["width"] / 60
        page.mouse.move(area["x"] + x0 * scale, area["y"] + y0 * scale)
        page.mouse.down()
        page.mouse.move(area["x"] + (x0 + x1) / 2 * scale, area["y"] + (y0 + y1) / 2 * scale)
        page.mouse.move(area["x"] + x1 * scale, area["y"] + y1 * scale)
        page.mouse.up()

    progress = page.locator(".ssdx-labelprogress")
    drag(6, 8, 30, 20)
    expect(progress).to_contain_text("1 of 3 images have boxes")
    page.keyboard.press("1")  # the box is selected: it becomes a cat
    page.keyboard.press("n")
    expect(page.locator(".ssdx-labelwhere")).to_contain_text("2 of 3")
    # The list of boxes is sent last: then the picture is the second one, too.
    expect(page.get_by_text("None yet: drag on the picture")).to_be_visible()
    drag(10, 4, 50, 36)
    expect(progress).to_contain_text("2 of 3 images have boxes")
    page.keyboard.press("2")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(progress).to_contain_text("1 of 3 images have boxes")
    page.keyboard.press("Control+y")
    page.keyboard.press("Control+y")
    expect(progress).to_contain_text("2 of 3 images have boxes")

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(re.compile(r"Saved \d\d:\d\d"))).to_be_visible()
    assert server.data is not None
    saved = read_annotations(server.data / "labels" / "plain")
    drawn = {Path(image.name).name: image.objects for image in saved.images}
    assert [one.class_name for one in drawn["0.jpg"]] == ["cat"]
    assert [one.class_name for one in drawn["1.jpg"]] == ["dog"]
    assert drawn["0.jpg"][0].box_px == pytest.approx((6, 8, 30, 20), abs=0.5)
    assert drawn["1.jpg"][0].box_px == pytest.approx((10, 4, 50, 36), abs=0.5)
    assert sorted(path.name for path in plain.iterdir()) == ["0.jpg", "1.jpg", "2.jpg"]

    page.get_by_role("button", name="Build the data set").click()
    expect(page.get_by_text("plain is built and read back.")).to_be_visible()
    page.get_by_role("button", name="Records").click()
    expect(page.get_by_text(re.compile("^Record 0 of train.rec"))).to_be_visible()
    expect(page.get_by_text("header width")).to_be_visible()
