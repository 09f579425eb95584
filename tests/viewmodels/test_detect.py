from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from explorer.config import CREATURE, AnchorConfig, DetectConfig
from explorer.engine import Engine
from explorer.ssd.anchors import anchor_grid
from explorer.ssd.detection import Detections, detect, softmax
from explorer.viewmodels.candidates import LOWEST_SCORE, Candidates
from explorer.viewmodels.detect import DetectModel
from explorer.viewmodels.model_choices import list_models
from explorer.viewmodels.pictures import Picture

RNG = np.random.default_rng(7)
CLASSES = ("cat", "<b>dog</b>")


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
    return [picture(f"Sample {n}", width_px=64 + 16 * n) for n in range(3)]


@pytest.fixture
def page(checkpoint: Path, pictures: list[Picture], tmp_path: Path) -> DetectModel:
    return DetectModel(checkpoint, pictures, runs_root=tmp_path)


def picture(name: str, width_px: int = 64) -> Picture:
    labels = np.array([[0, 0.1, 0.2, 0.5, 0.6]], np.float32)
    return Picture(RNG.integers(0, 256, (48, width_px, 3), np.uint8), name, labels, CLASSES)


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


def candidates_of(scores: list[float]) -> Candidates:
    grid = anchor_grid(AnchorConfig.of([[0.5], [0.7]], [1]), ((2, 3), (1, 1)))
    boxes = np.tile(np.array([0.25, 0.5, 0.75, 0.75], np.float32), (len(scores), 1))
    found = Detections(
        class_id=np.arange(len(scores), dtype=np.int32) % 2,
        score=np.array(scores, np.float32),
        boxes=boxes,
        anchor=np.arange(len(scores), dtype=np.int32) % 2 + 5,
        class_prob=np.zeros((len(scores), 3), np.float32),
        stage=np.zeros(7, np.int8),
        suppressed_by=np.full(7, -1, np.int32),
        suppressed_iou=np.zeros(7, np.float32),
    )
    image = np.zeros((200, 400, 3), np.uint8)
    return Candidates.of(found, grid, CLASSES, Picture(image, "wide"))


def test_columns_are_in_pixels_of_the_picture_and_name_class_and_layer() -> None:
    columns = candidates_of([0.9, 0.5]).columns()

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
        ([0.62, 0.1], 0.8, "Nothing above 0.80; the best candidate has 0.62."),
        ([], 0.5, "Nothing found: no candidate reaches 0.02."),
        ([0.7], 0.7, "1 object above 0.70"),  # float32 0.7 is a little less than 0.7
    ],
)
def test_summary(scores: list[float], threshold: float, sentence: str) -> None:
    assert candidates_of(scores).summary(threshold) == sentence


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
    config = DetectConfig(nms_iou_threshold=nms_iou, nms_topk=nms_topk, force_suppress=force)

    low = detect(anchors, prob, offsets, config.with_(score_threshold=LOWEST_SCORE))
    high = detect(anchors, prob, offsets, config.with_(score_threshold=threshold))

    above = low.score >= np.float32(threshold)
    assert low.anchor[above].tolist() == high.anchor.tolist()


def test_the_page_finds_what_the_engine_finds(page: DetectModel, checkpoint: Path) -> None:
    opened(page)
    found = expected(page, checkpoint)

    assert page.problem == page.model_problem == page.working == ""
    assert page.candidates is not None
    assert len(found) > 0
    assert page.candidates.anchor.tolist() == found.anchor.tolist()
    np.testing.assert_array_equal(page.candidates.boxes, found.boxes)
    assert page.class_names == CLASSES
    assert page.seconds is not None
    assert page.seconds.total > page.seconds.network > 0


def test_nms_settings_make_the_boxes_anew_without_the_network(
    page: DetectModel, checkpoint: Path
) -> None:
    opened(page)
    network_s = page.seconds.network
    counts = {}
    for iou in (0.9, 0.3):
        page.nms_iou_threshold = iou
        assert page.candidates.anchor.tolist() == expected(page, checkpoint).anchor.tolist()
        counts[iou] = len(page.candidates)
    assert counts[0.3] < counts[0.9]

    page.force_suppress = True
    assert len(page.candidates) <= counts[0.3]
    page.nms_topk = 1
    assert len(page.candidates) == 1
    page.clip = False
    assert page.candidates.anchor.tolist() == expected(page, checkpoint).anchor.tolist()
    assert page.seconds.network == network_s


def test_the_score_threshold_only_counts(page: DetectModel) -> None:
    opened(page)
    candidates = page.candidates
    middle = float(np.median(candidates.score))
    page.score_threshold = middle
    assert page.candidates is candidates
    assert page.num_above == (candidates.score >= np.float32(middle)).sum()
    assert 0 < page.num_above < len(candidates)


def test_samples_wrap_around(page: DetectModel, pictures: list[Picture]) -> None:
    assert page.picture is pictures[0]
    page.choose_sample(-1)
    assert (page.sample, page.picture) == (2, pictures[2])
    page.choose_sample(3)
    assert (page.sample, page.picture) == (0, pictures[0])


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
    assert (page.picture.name, page.picture.labels, page.sample) == ("mine.png", None, -1)
    assert page.candidates.anchor.tolist() == expected(page, checkpoint).anchor.tolist()


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", b"\x89PNG\r\n\x1a\nhalf"])
def test_what_is_no_image_leaves_the_result(page: DetectModel, content: bytes) -> None:
    opened(page)
    before = (page.picture, page.candidates, page.sample)

    assert not asyncio.run(page.upload("note.txt", memoryview(content)))
    assert page.picture_problem.startswith("note.txt is ")
    assert (page.picture, page.candidates, page.sample) == before
    assert page.working == ""

    page.choose_sample(1)
    assert page.picture_problem == ""


def test_a_damaged_model_leaves_the_loaded_one(page: DetectModel, tmp_path: Path) -> None:
    opened(page)
    good, candidates = page.model_path, page.candidates
    bad = tmp_path / "bad.params"
    bad.write_bytes(b"no weights")
    bad.with_suffix(".json").write_bytes(Path(good).with_suffix(".json").read_bytes())

    page.model_path = str(bad)
    asyncio.run(page.refresh())

    assert "is damaged" in page.model_problem
    assert page.model_path == good
    assert page.candidates is candidates
    assert page.working == ""


def test_a_diverged_model_says_so(
    overflowing: Path, pictures: list[Picture], tmp_path: Path
) -> None:
    page = opened(DetectModel(overflowing, pictures, runs_root=tmp_path))
    assert page.problem.startswith("model output is not finite")
    assert page.candidates is None


def test_without_the_shipped_model_the_page_says_how_to_get_it(
    tmp_path: Path, pictures: list[Picture]
) -> None:
    page = opened(DetectModel(tmp_path / "creature.params", pictures, runs_root=tmp_path))
    assert page.models == ()
    assert page.model_path == ""
    assert "creature.params is missing" in page.model_problem
    assert page.candidates is None


def test_the_newest_request_wins(page: DetectModel, checkpoint: Path) -> None:
    page.list_models()

    async def hurry() -> None:
        first = asyncio.create_task(page.refresh())
        await asyncio.sleep(0)
        page.choose_sample(1)
        second = asyncio.create_task(page.refresh())
        await asyncio.sleep(0)
        page.choose_sample(2)
        await asyncio.gather(first, second, page.refresh())

    shown: list[int] = []
    page.observe(lambda change: change["new"] and shown.append(page.sample), "candidates")
    asyncio.run(hurry())

    assert shown == [2]
    assert page.candidates.anchor.tolist() == expected(page, checkpoint).anchor.tolist()


def test_models_are_the_shipped_one_then_the_newest_runs(checkpoint: Path, tmp_path: Path) -> None:
    for run, names in (
        ("20260101-fast", ["epoch-0001", "epoch-0002"]),
        ("20260202-fast", ["epoch-0000-step-0040", "epoch-0003"]),
    ):
        folder = tmp_path / run / "checkpoints"
        folder.mkdir(parents=True)
        (tmp_path / run / "config.json").write_text("{}")
        for name in names:
            (folder / f"{name}.params").touch()
            (folder / f"{name}.json").touch()
    (tmp_path / "20260101-fast" / "checkpoints" / "epoch-0009.params").touch()  # half written

    assert [choice.label for choice in list_models(checkpoint, tmp_path)] == [
        "Two animals (comes with the explorer)",
        "Epoch 3 · 20260202-fast",
        "Epoch 0, step 40 · 20260202-fast",
        "Epoch 2 · 20260101-fast",
        "Epoch 1 · 20260101-fast",
    ]


def test_mxnet_is_imported_when_asked_for_and_not_before() -> None:
    code = """
import sys
from pathlib import Path
from explorer.viewmodels.detect import DetectModel
page = DetectModel(Path("none.params"))
assert "mxnet" not in sys.modules
page.prepare()
page._executor.shutdown(wait=True)
print("mxnet" in sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "True\n"
