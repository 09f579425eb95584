from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from explorer.config import CREATURE, AnchorConfig, recipe
from explorer.engine import Engine
from explorer.pages.detect.detection_rows import LOWEST_SCORE, DetectionRows
from explorer.pages.detect.model import SETTINGS, DetectModel
from explorer.pages.detect.state import NOTHING_SELECTED, DetectState
from explorer.pages.shared.choices.checkpoints import list_first_weights, list_models
from explorer.pages.shared.page.sentences import read_state
from explorer.pages.shared.pictures.ground_truth import NamedTruth, label_rows
from explorer.pages.shared.pictures.photographs import UPLOAD, Photographs
from explorer.pages.shared.pictures.pictures import Picture
from explorer.ssd.detection import Candidates, Detections, detect
from explorer.ssd.probabilities import softmax
from tests.decoding import detect_config
from tests.maps import spread_grid

RNG = np.random.default_rng(7)
CLASSES = ("cat", "<b>dog</b>")
KNOWS = "This model only knows cat, <b>dog</b>."


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pretrained") / "two-animals.params"
    Engine(CLASSES, CREATURE, input_size=64, device="cpu", seed=3).save(path)
    return path


@pytest.fixture(scope="module")
def overflowing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Finite weights so large that what the network says is not."""
    path = tmp_path_factory.mktemp("overflowing") / "large.params"
    engine = Engine(CLASSES, CREATURE, input_size=64, device="cpu")
    for parameter in engine.net.collect_params().values():
        parameter.set_data(parameter.data() * 0 + 1e30)
    engine.save(path)
    return path


@pytest.fixture
def pictures() -> list[Picture]:
    return [picture(f"Picture {n}", width_px=64 + 16 * n) for n in range(3)]


@pytest.fixture
def page(checkpoint: Path, pictures: list[Picture], tmp_path: Path) -> DetectModel:
    return showing(checkpoint, pictures, tmp_path)


def showing(checkpoint: Path, pictures: list[Picture], runs_root: Path) -> DetectModel:
    """A page with `pictures` as the user's own, the first of them on it."""
    photographs = Photographs()
    for each in pictures:
        photographs.add(each)
    model = DetectModel(checkpoint, photographs, runs_root)
    model.choose(UPLOAD, 0)
    return model


def picture(name: str, width_px: int = 64) -> Picture:
    labels = np.array([[0, 0.1, 0.2, 0.5, 0.6]], np.float32)
    return Picture(RNG.integers(0, 256, (48, width_px, 3), np.uint8), name, labels, ("cat",))


def file_of(image: np.ndarray, kind: str = "PNG") -> memoryview:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, kind)
    return memoryview(stream.getvalue())


def opened(page: DetectModel) -> DetectModel:
    page.list_models()
    asyncio.run(page.refresh())
    return page


def expected(page: DetectModel, path: Path) -> Detections:
    """What the façade finds in the page's picture with the page's settings."""
    assert page.picture is not None
    engine = Engine.load(path, device="cpu")
    return engine.detect(page.picture.image, page.config.with_(score_threshold=LOWEST_SCORE))


def anchors(page: DetectModel) -> list[int]:
    """Those of what the page found."""
    return page.detector.reading.detections.anchor.tolist()


def rows_of(scores: list[float]) -> DetectionRows:
    grid = spread_grid(AnchorConfig.of([[0.5], [0.7]], [1]), ((2, 3), (1, 1)))
    boxes = np.tile(np.array([0.25, 0.5, 0.75, 0.75], np.float32), (len(scores), 1))
    columns = {
        "class_id": np.arange(len(scores), dtype=np.int32) % 2,
        "score": np.array(scores, np.float32),
        "boxes": boxes,
        "anchor": np.arange(len(scores), dtype=np.int32) % 2 + 5,
    }
    found = Detections(
        **columns,
        candidates=Candidates(**columns, num_anchors=7),
        row=np.arange(len(columns["score"])),
        fate=np.zeros(len(columns["score"]), np.int8),
        suppressor=np.full(len(columns["score"]), -1),
        overlap=np.zeros(len(columns["score"]), np.float32),
    )
    image = np.zeros((200, 400, 3), np.uint8)
    return DetectionRows.of(found, grid, CLASSES, Picture(image, "wide"))


def test_columns_are_in_pixels_of_the_picture_and_name_class_and_layer() -> None:
    columns = rows_of([0.9, 0.5]).columns()

    assert columns["class_name"] == ["cat", "<b>dog</b>"]
    assert columns["label"] == ["cat 0.90", "<b>dog</b> 0.50"]
    assert columns["size"] == ["200 × 50"] * 2
    assert columns["place"] == ["100, 100"] * 2
    assert columns["area_px"] == [10_000.0] * 2
    assert columns["layer"] == [1, 2]  # anchor 5 is the last of six cells, 6 the coarse map's
    assert columns["map"] == ["3 × 2", "1 × 1"]


@pytest.mark.parametrize(
    ("scores", "threshold", "sentence"),
    [
        ([0.9, 0.8, 0.5], 0.5, "3 objects above 0.50"),
        ([0.9, 0.8, 0.5], 0.85, "1 object above 0.85"),
        ([0.62, 0.1], 0.8, f"Nothing above 0.80; the best candidate has 0.62. {KNOWS}"),
        ([], 0.5, f"Nothing found: no candidate reaches 0.02. {KNOWS}"),
        ([0.7], 0.7, "1 object above 0.70"),  # float32 0.7 is a little less than 0.7
    ],
)
def test_summary(scores: list[float], threshold: float, sentence: str) -> None:
    assert rows_of(scores).summary(threshold) == sentence


@given(
    seed=st.integers(0, 2**32 - 1),
    threshold=st.floats(LOWEST_SCORE, 1.0),
    nms_topk=st.sampled_from([-1, 1, 5, 40]),
    nms_iou=st.floats(0.05, 1.0),
    force=st.booleans(),
)
def test_filtering_candidates_is_detecting_with_the_higher_threshold(
    seed: int, threshold: float, nms_topk: int, nms_iou: float, force: bool
) -> None:
    rng = np.random.default_rng(seed)
    corners = np.sort(rng.random((60, 2, 2)), axis=1).astype(np.float32)
    anchors = corners.reshape(60, 4) + np.array([0, 0, 0.05, 0.05], np.float32)
    prob = softmax(rng.normal(0, 2, (60, 3)).astype(np.float32).round(1))
    offsets = rng.normal(0, 0.5, (60, 4)).astype(np.float32)
    config = detect_config(nms_iou_threshold=nms_iou, nms_topk=nms_topk, force_suppress=force)

    low = detect(anchors, prob, offsets, config.with_(score_threshold=LOWEST_SCORE))
    high = detect(anchors, prob, offsets, config.with_(score_threshold=threshold))

    above = low.score >= np.float32(threshold)
    assert low.anchor[above].tolist() == high.anchor.tolist()


def test_the_page_finds_what_the_engine_finds(page: DetectModel, checkpoint: Path) -> None:
    opened(page)
    found = expected(page, checkpoint)

    detector = page.detector
    assert detector.problem == detector.load_problem == detector.working == page.model_problem == ""
    assert detector.reading is not None
    assert len(found) > 0
    assert anchors(page) == found.anchor.tolist()
    np.testing.assert_array_equal(page.detector.reading.detections.boxes, found.boxes)
    assert page.class_names == CLASSES
    seconds = detector.reading.seconds
    assert sum(seconds) > seconds.network > 0


def test_nms_settings_make_the_boxes_anew_without_the_network(
    page: DetectModel, checkpoint: Path
) -> None:
    opened(page)
    network_s = page.detector.reading.seconds.network
    counts = {}
    for iou in (0.9, 0.3):
        page.nms_iou_threshold = iou
        assert anchors(page) == expected(page, checkpoint).anchor.tolist()
        counts[iou] = len(page.detector.reading.rows)
    assert counts[0.3] < counts[0.9]

    page.force_suppress = True
    assert len(page.detector.reading.rows) <= counts[0.3]
    page.nms_topk = 1
    assert len(page.detector.reading.rows) == 1
    page.clip = False
    assert anchors(page) == expected(page, checkpoint).anchor.tolist()
    assert page.detector.reading.seconds.network == network_s


def test_the_score_threshold_makes_nothing_anew(page: DetectModel) -> None:
    opened(page)
    reading = page.detector.reading
    page.score_threshold = 0.9
    assert page.detector.reading is reading
    assert reading.config.score_threshold == LOWEST_SCORE


def test_pictures_wrap_around(page: DetectModel, pictures: list[Picture]) -> None:
    assert page.picture is pictures[0]
    page.choose(UPLOAD, -1)
    assert (page.number, page.picture) == (2, pictures[2])
    page.choose(UPLOAD, 3)
    assert (page.number, page.picture) == (0, pictures[0])


def test_truth_comes_with_the_picture_and_by_the_names_of_classes(page: DetectModel) -> None:
    def rows() -> NDArray[np.float32]:
        return label_rows(page.truth, page.class_names)

    (truth,) = page.truth
    assert truth.class_name == "cat"
    np.testing.assert_allclose(rows(), [[0, 0.1, 0.2, 0.5, 0.6]], rtol=1e-6)
    page.truth = (*page.truth, NamedTruth(class_name="cow", box=(0.5, 0.5, 1.0, 1.0)))
    opened(page)
    assert rows()[:, 0].tolist() == [0, -1]
    page.truth = (NamedTruth(class_name=CLASSES[1], box=(0.5, 0.5, 1.0, 1.0)),)
    assert rows()[:, 0].tolist() == [1]
    page.load_labels()
    assert page.truth == (truth,)
    page.selected = 3
    page.choose("sample", 2)
    assert page.picture.name == "sample · val 3"
    assert [each.class_name for each in page.truth] == ["creature"]
    assert page.selected == NOTHING_SELECTED


def test_the_state_holds_the_truth_only_where_the_reader_changed_it(page: DetectModel) -> None:
    assert page.to_state().truth is None
    page.truth = ()
    assert page.to_state().truth == ()
    page.load_labels()
    assert page.to_state().truth is None


@pytest.mark.parametrize("kind", ["PNG", "BMP"])
def test_an_upload_takes_the_samples_place(page: DetectModel, checkpoint: Path, kind: str) -> None:
    image = picture("x").image
    opened(page)

    async def upload() -> bool:
        done = await page.upload("mine.png", file_of(image, kind))
        await page.refresh()
        return done

    assert asyncio.run(upload())
    np.testing.assert_array_equal(page.picture.image, image)
    assert (page.picture.name, page.picture.labels) == ("mine.png", None)
    assert (page.dataset, page.number, page.truth) == (UPLOAD, 3, ())
    assert anchors(page) == expected(page, checkpoint).anchor.tolist()


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", b"\x89PNG\r\n\x1a\nhalf"])
def test_what_is_no_image_leaves_the_result(page: DetectModel, content: bytes) -> None:
    opened(page)
    before = (page.picture, page.detector.reading, page.number)

    assert not asyncio.run(page.upload("note.txt", memoryview(content)))
    assert page.picture_problem.startswith("note.txt is ")
    assert (page.picture, page.detector.reading, page.number) == before
    assert page.working == ""

    page.choose(UPLOAD, 1)
    assert page.picture_problem == ""


def test_a_damaged_model_leaves_the_loaded_one(page: DetectModel, tmp_path: Path) -> None:
    opened(page)
    good, reading = page.detector.path, page.detector.reading
    bad = tmp_path / "bad.params"
    bad.write_bytes(b"no weights")
    bad.with_suffix(".json").write_bytes(Path(good).with_suffix(".json").read_bytes())

    page.detector.path = str(bad)
    asyncio.run(page.refresh())

    assert "is damaged" in page.detector.load_problem
    assert page.detector.path == good
    assert page.detector.reading is reading
    assert page.detector.working == ""


def test_a_diverged_model_says_so(
    overflowing: Path, pictures: list[Picture], tmp_path: Path
) -> None:
    page = opened(showing(overflowing, pictures, tmp_path))
    assert page.detector.problem.startswith("model output is not finite")
    assert page.detector.reading is None


def test_without_the_shipped_model_the_page_says_how_to_get_it(
    tmp_path: Path, pictures: list[Picture]
) -> None:
    page = opened(showing(tmp_path / "creature.params", pictures, tmp_path))
    assert page.models == ()
    assert page.detector.path == ""
    assert "creature.params is missing" in page.model_problem
    assert page.detector.reading is None


def test_the_newest_request_wins(page: DetectModel, checkpoint: Path) -> None:
    page.list_models()

    async def hurry() -> None:
        first = asyncio.create_task(page.refresh())
        await asyncio.sleep(0)
        page.choose(UPLOAD, 1)
        second = asyncio.create_task(page.refresh())
        await asyncio.sleep(0)
        page.choose(UPLOAD, 2)
        await asyncio.gather(first, second, page.refresh())

    shown: list[int] = []
    page.detector.observe(lambda change: change["new"] and shown.append(page.number), "reading")
    asyncio.run(hurry())

    assert shown == [2]
    assert anchors(page) == expected(page, checkpoint).anchor.tolist()


def test_two_models_read_the_same_picture(
    page: DetectModel, checkpoint: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "checkpoints" / "epoch-0001.params"
    other.parent.mkdir(parents=True)
    (tmp_path / "other" / "config.json").write_text("{}")
    Engine(CLASSES, CREATURE, input_size=64, device="cpu", seed=4).save(other)
    page.list_models()
    assert page.beside.path == ""
    page.beside.path = str(other)
    asyncio.run(page.refresh())

    beside = page.beside.reading
    assert beside.picture is page.detector.reading.picture
    assert beside.detections.anchor.tolist() == expected(page, other).anchor.tolist()
    assert beside.detections.anchor.tolist() != anchors(page)
    page.nms_iou_threshold = 0.9
    assert page.beside.reading.detections.anchor.tolist() == expected(page, other).anchor.tolist()

    other.unlink()
    page.list_models()
    assert page.beside.path == ""
    assert page.beside.reading is None


def test_a_setting_that_changes_while_the_network_works_counts(
    page: DetectModel, checkpoint: Path
) -> None:
    page.list_models()

    async def hurry() -> None:
        reading = asyncio.create_task(page.refresh())
        await asyncio.sleep(0)
        page.nms_iou_threshold = 0.9
        await reading

    asyncio.run(hurry())
    assert anchors(page) == expected(page, checkpoint).anchor.tolist()
    assert page.config.nms_iou_threshold == 0.9


def test_a_state_brings_all_settings_back(page: DetectModel, checkpoint: Path) -> None:
    page.choose("sample", 4)
    opened(page)
    state = page.to_state("one_box")
    other = DetectState(
        **{
            **dict(state),
            "number": 7,
            "score_threshold": 0.25,
            "nms_iou_threshold": 0.7,
            "nms_topk": 50,
            "force_suppress": True,
            "clip": False,
            "variances": (0.2, 0.2, 0.1, 0.1),
            "hidden_classes": (CLASSES[0],),
            "selected": 5,
            "tab": "two_models",
        }
    )
    page.show_state(read_state(DetectState, other.to_json()))
    asyncio.run(page.refresh())
    assert page.to_state("two_models") == other
    assert anchors(page) == expected(page, checkpoint).anchor.tolist()
    assert page.detector.reading.config.variances == (0.2, 0.2, 0.1, 0.1)
    page.show_state(state)
    assert page.to_state("one_box") == state


def test_addresses_of_before_open_the_same_question() -> None:
    for title, key in (("One box", "one_box"), ("Why only one box?", "nms"), ("", "")):
        assert read_state(DetectState, json.dumps({"tab": title})).tab == key
        assert DetectState(tab=key).tab == key


OTHER = {
    "score_threshold": 0.25,
    "nms_iou_threshold": 0.7,
    "nms_topk": 50,
    "force_suppress": True,
    "clip": False,
    "variances": (0.2, 0.2, 0.1, 0.1),
    "multi_label": True,
}
"""A second value for each setting of detection."""


def test_a_change_of_any_setting_is_a_new_reading_but_of_the_score_threshold(
    page: DetectModel,
) -> None:
    assert OTHER.keys() == set(SETTINGS)
    opened(page)
    for name, value in OTHER.items():
        before = page.detector.reading
        page.set_trait(name, value)
        assert getattr(page.config, name) == value
        reading = page.detector.reading
        if name == "score_threshold":  # a page leaves out what is below, without another NMS
            assert reading is before
        else:
            assert reading is not before
            assert getattr(reading.config, name) == value


def run_of(root: Path, run: str, dataset: str, *checkpoints: str) -> Path:
    """Make a run with empty checkpoints, and return their folder."""
    folder = root / run / "checkpoints"
    folder.mkdir(parents=True)
    config = {"config": recipe("fast").with_(dataset=dataset).model_dump(mode="json")}
    (root / run / "config.json").write_text(json.dumps(config))
    for name in checkpoints:
        (folder / f"{name}.params").touch()
        (folder / f"{name}.json").touch()
    return folder


def test_models_are_the_shipped_one_then_the_newest_runs(checkpoint: Path, tmp_path: Path) -> None:
    older = run_of(tmp_path, "20260101-235900-fast-da65", "cards", "epoch-0001", "epoch-0002")
    (older / "epoch-0009.params").touch()  # half written
    steps = ("epoch-0000-step-0040", "epoch-0003", "epoch-0003-step-0002")
    newer = run_of(tmp_path, "20260212-004215-fast-4902", "/data/my cats", *steps)

    assert [choice.label for choice in list_models(checkpoint, tmp_path)] == [
        "Two animals (comes with the explorer)",
        "my cats · epoch 3, step 2 · 12 Feb 00:42",
        "my cats · epoch 3 · 12 Feb 00:42",
        "my cats · epoch 0, step 40 · 12 Feb 00:42",
        "cards · epoch 2 · 1 Jan 23:59",
        "cards · epoch 1 · 1 Jan 23:59",
    ]
    assert list_first_weights(tmp_path) == (
        ("Creature (comes with the explorer)", "creature"),
        ("The tutorial’s detector (get it on the Detect page)", "tutorial"),
        ("my cats · epoch 3, step 2 · 12 Feb 00:42", str(newer / "epoch-0003-step-0002.params")),
        ("cards · epoch 2 · 1 Jan 23:59", str(older / "epoch-0002.params")),
    )


def test_models_are_told_apart_whatever_is_known_of_their_runs(tmp_path: Path) -> None:
    run_of(tmp_path, "20260212-004201-fast-1a2b", "cards", "epoch-0001", "epoch-0002")
    run_of(tmp_path, "20260212-004259-fast-3c4d", "cards", "epoch-0001")
    run_of(tmp_path, "20261399-000000-fast-5e6f", "cards", "epoch-0001")
    run_of(tmp_path, "my best one", "cards", "epoch-0001")
    damaged = run_of(tmp_path, "20260101-000000-fast-7a8b", "cards", "epoch-0001")
    (damaged.parent / "config.json").write_text("{}")

    assert {choice.label for choice in list_models(tmp_path / "none.params", tmp_path)} == {
        "cards · epoch 1 · 12 Feb 00:42 · 1a2b",
        "cards · epoch 2 · 12 Feb 00:42",
        "cards · epoch 1 · 12 Feb 00:42 · 3c4d",
        "20261399-000000-fast-5e6f · epoch 1",
        "my best one · epoch 1",
        "20260101-000000-fast-7a8b · epoch 1",
    }


def test_mxnet_is_imported_when_asked_for_and_not_before() -> None:
    code = """
import sys
from pathlib import Path
from explorer.pages.detect.model import DetectModel
from explorer.pages.shared.pictures.photographs import Photographs
page = DetectModel(Path("none.params"), Photographs())
assert "mxnet" not in sys.modules
page.prepare()
page._executor.shutdown(wait=True)
print("mxnet" in sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "True\n"
