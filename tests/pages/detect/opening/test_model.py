"""Detectors that come from elsewhere: real files, a real server."""

from __future__ import annotations

import asyncio
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from explorer.config import DetectorConfig
from explorer.engine import Engine
from explorer.engine.checkpoint_files import describe_checkpoint
from explorer.engine.tutorial_detector import SHA1, tutorial_path
from explorer.pages.detect.opening.model import Opening
from explorer.pages.shared.choices.checkpoints import list_first_weights, list_models
from explorer.pages.shared.uploads.incoming import Incoming
from explorer.pages.shared.uploads.place import new_place
from tests.file_server import nobody_answers, serving
from tests.mxnet_files.families import example_ssd, random_arrays, save_pair, save_sage_maker
from tests.places import ROOT

TUTORIAL = ROOT.parent / "shared" / "tutorial"
NAME = "ssd_pikachu-fbb7d872.params"
NETWORKS = ThreadPoolExecutor(1)
needs_tutorial = pytest.mark.skipif(
    not TUTORIAL.is_dir(), reason=f"the tutorial's files are not in {TUTORIAL}"
)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A detector of two classes as this explorer saves it."""
    path = tmp_path_factory.mktemp("ours") / "two.params"
    Engine(("cat", "dog"), input_size=128, device="cpu", seed=4).save(path)
    return path


@pytest.fixture
def foreign(ours: Path, tmp_path: Path) -> Path:
    """The same without its description."""
    return shutil.copy(ours, tmp_path / "my net (2).params")


def incoming(*paths: Path) -> Incoming:
    contents = {path.name: path.read_bytes() for path in paths}
    sent = Incoming(new_place(), paths[0].name, sum(map(len, contents.values())))
    for name, content in contents.items():
        sent.write(name, memoryview(content), first=True)
    return sent


def took(*paths: Path) -> Opening:
    opening = Opening(NETWORKS.submit)
    asyncio.run(opening.take(incoming(*paths)))
    return opening


def left(data: Path) -> list[str]:
    return sorted(path.name for path in data.glob(".*"))


def brought(data: Path) -> list[str]:
    return sorted(path.name for path in data.glob("detectors/*"))


def test_what_a_file_does_not_say_is_asked_and_then_it_is_one_of_ours(
    foreign: Path, ours: Path, data: Path
) -> None:
    opening = took(foreign)
    proposal = opening.proposal
    assert proposal is not None
    assert (opening.state, opening.problem, opening.opened) == ("idle", "", "")
    assert proposal.name == "my-net-2"
    assert proposal.asked[:3] == ("class_names", "input_size", "anchors")
    assert proposal.detector.class_names == ("class 0", "class 1")
    assert any("class 0, class 1" in sentence for sentence in proposal.sentences)
    assert brought(data) == []

    texts = {**proposal.texts(), "class_names": "cat, dog", "input_size": "128"}
    asyncio.run(opening.open("pets", texts))
    assert opening.opened == str(data / "detectors" / "pets.params")
    assert (opening.proposal, opening.state, left(data)) == (None, "idle", [])
    assert brought(data) == ["pets.json", "pets.params"]
    detector, _content = describe_checkpoint(Path(opening.opened))
    assert detector == DetectorConfig(class_names=("cat", "dog"), input_size=128)
    image = np.full((1, 128, 128, 3), 90, np.uint8)
    found, expected = (
        Engine.load(path, "cpu").predict(image).class_scores for path in (opening.opened, ours)
    )
    np.testing.assert_array_equal(found, expected)

    label, path = "pets (brought by you)", data / "detectors" / "pets.params"
    assert (label, path, "detectors/pets") in list_models(ours, data / "runs")
    assert (label, str(path)) in list_first_weights(data / "runs")


def test_what_is_wrong_is_one_sentence_and_the_proposal_stays(foreign: Path, data: Path) -> None:
    opening = took(foreign)
    proposal = opening.proposal
    assert proposal is not None
    texts = proposal.texts()
    for name, changed, said in (
        ("net!", {}, "a detector's name is up to 64 letters"),
        ("../x", {}, "a detector's name is up to 64 letters"),
        ("tutorial", {}, "'tutorial' is taken: choose another name"),
        ("ssd_pikachu-fbb7d872", {}, "'ssd_pikachu-fbb7d872' is taken"),
        ("pets", {"input_size": "large"}, "a whole number, not 'large'"),
    ):
        with pytest.raises(ValueError, match=said):
            asyncio.run(opening.open(name, {**texts, **changed}))
        assert opening.proposal is proposal
    asyncio.run(opening.open("pets", {**texts, "class_names": "cat, dog, cow"}))
    assert opening.problem == (
        "what was told does not fit my net (2).params: it scores 2 classes, but 3 names were told"
    )
    assert opening.proposal is proposal
    assert brought(data) == []
    asyncio.run(opening.open("pets", texts))
    assert brought(data) == ["pets.json", "pets.params"]
    again = took(foreign.rename(foreign.with_name("pets.params")))
    assert again.proposal is not None
    assert again.proposal.name == "pets-2"
    with pytest.raises(ValueError, match="'pets' is taken"):
        asyncio.run(again.open("pets", texts))
    again.forget()


def test_one_of_ours_is_opened_as_it_is(ours: Path, data: Path) -> None:
    opening = took(ours, ours.with_suffix(".json"))
    assert (opening.proposal, opening.problem, left(data)) == (None, "", [])
    assert Path(opening.opened) == data / "detectors" / "two.params"
    for suffix in (".params", ".json"):
        written = Path(opening.opened).with_suffix(suffix).read_bytes()
        assert written == ours.with_suffix(suffix).read_bytes()


def test_a_graph_comes_with_its_weights_or_in_an_archive(tmp_path: Path, data: Path) -> None:
    symbol = example_ssd("vgg16", 2, width=0.125)
    arrays = random_arrays(symbol, 300)
    pair = save_pair(tmp_path, "deploy_ssd_300", symbol, arrays)
    archive = save_sage_maker(tmp_path, symbol, arrays)
    for files, name in (
        ((pair, *tmp_path.glob("*-symbol.json")), "deploy_ssd_300-0000"),
        ((archive,), "model"),
    ):
        opening = took(*files)
        assert opening.problem == ""
        proposal = opening.proposal
        assert proposal is not None
        assert proposal.name == name
        assert "anchors" not in proposal.asked  # the graph makes them
        texts = {**proposal.texts(), "class_names": "cat, dog"}
        asyncio.run(opening.open(name, texts))
        assert (opening.problem, left(data)) == ("", [])
        detector, _content = describe_checkpoint(Path(opening.opened))
        assert (detector.class_names, len(detector.anchors.layers)) == (("cat", "dog"), 6)


def test_what_is_cancelled_while_it_is_opened_is_taken_back(foreign: Path, data: Path) -> None:
    opening = took(foreign)
    assert opening.proposal is not None
    texts = opening.proposal.texts()

    async def cancel() -> None:
        started = asyncio.create_task(opening.open("pets", texts))
        await asyncio.sleep(0)
        assert opening.doing == "Opening pets…"
        opening.cancel()
        await started

    asyncio.run(cancel())
    assert (opening.opened, brought(data)) == ("", [])
    assert opening.proposal is not None
    asyncio.run(opening.open("pets", texts))
    assert brought(data) == ["pets.json", "pets.params"]


def test_what_is_no_detector_is_one_sentence_and_leaves_nothing(
    ours: Path, tmp_path: Path, data: Path
) -> None:
    (tmp_path / "broken.params").write_bytes(ours.read_bytes()[:1000])
    (tmp_path / "notes.json").write_text("{}")
    opening = took(tmp_path / "broken.params")
    assert opening.problem.startswith("broken.params")
    assert opening.state == "failed"
    several = took(tmp_path / "broken.params", ours)
    assert several.problem == "These are several detectors: choose one at a time."
    assert took(tmp_path / "notes.json").problem.startswith("notes.json is no detector")
    assert left(data) == brought(data) == []


def test_what_is_not_opened_is_let_go(foreign: Path, data: Path) -> None:
    opening = took(foreign)
    assert len(left(data)) == 1
    opening.forget()
    assert (opening.proposal, left(data)) == (None, [])
    asyncio.run(opening.open("pets", {}))  # a second click
    assert brought(data) == []


@needs_tutorial
def test_the_tutorials_own_is_known_and_kept_as_it_is(data: Path) -> None:
    opening = took(TUTORIAL / NAME)
    assert (opening.proposal, opening.problem) == (None, "")
    assert (opening.opened, opening.has_tutorial) == (str(tutorial_path()), True)
    assert tutorial_path().read_bytes() == (TUTORIAL / NAME).read_bytes()
    none = data / "none.params"
    (choice,) = list_models(none, data / "runs")
    assert choice == ("The tutorial’s detector", tutorial_path(), "tutorial")
    assert ("The tutorial’s detector", "tutorial") in list_first_weights(data / "runs")


@needs_tutorial
def test_the_tutorials_own_stays_when_it_comes_once_more_and_is_cancelled(data: Path) -> None:
    took(TUTORIAL / NAME)
    opening = Opening(NETWORKS.submit)

    async def cancel() -> None:
        started = asyncio.create_task(opening.take(incoming(TUTORIAL / NAME)))
        while not opening.doing.startswith("Opening"):
            await asyncio.sleep(0)
        opening.cancel()
        await started
        opening.forget()

    asyncio.run(cancel())
    assert tutorial_path().read_bytes() == (TUTORIAL / NAME).read_bytes()
    assert (opening.opened, left(data)) == ("", [])


@needs_tutorial
def test_it_is_downloaded_and_can_be_cancelled(data: Path) -> None:
    with serving(TUTORIAL) as server:
        opening = Opening(NETWORKS.submit, server.address + NAME)
        opening.look()
        assert not opening.has_tutorial
        parts: list[float] = []

        def cancel(change: dict[str, float]) -> None:
            parts.append(change["new"])
            if change["new"] > 0.3:
                opening.cancel()
                server.goes_on.set()

        opening.observe(cancel, "progress")
        server.slow = f"/{NAME}"
        asyncio.run(opening.get_tutorial())
        assert 0.3 < max(parts) < 0.6
        assert (opening.state, opening.problem, opening.opened) == ("idle", "", "")
        assert brought(data) == []
        opening.unobserve(cancel, "progress")

        asyncio.run(opening.get_tutorial())
        assert (opening.opened, opening.has_tutorial) == (str(tutorial_path()), True)
        assert opening.progress == 1.0
        assert describe_checkpoint(tutorial_path())[1]["about"]["source"]["sha1"] == SHA1


def test_without_a_network_it_says_what_to_do(data: Path) -> None:
    with nobody_answers() as address:
        opening = Opening(NETWORKS.submit, address + NAME)
        asyncio.run(opening.get_tutorial())
    assert opening.state == "failed"
    assert opening.problem.endswith(f"or put the file into {data / 'detectors'}")
    assert brought(data) == []
