from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer.config import recipe
from explorer.pages.train.film.model import FilmModel
from explorer.pages.train.model import TrainLiveModel
from explorer.training.run.directory import RunDirectory


def add_frames(run: RunDirectory, *steps: int) -> None:
    for step in steps:
        frame = {"kind": "film", "step": step, "images": []}
        (run.film / f"frame-{step:08d}.json").write_text(json.dumps(frame))


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(recipe("fast"), tmp_path)


def test_the_newest_frame_is_shown_as_it_comes(run: RunDirectory) -> None:
    film = FilmModel()
    film.follow(run)
    assert (film.steps, film.position, film.frame) == ((), 0, None)
    add_frames(run, 0, 14)
    film.poll()
    assert (film.steps, film.position, film.frame["step"]) == ((0, 14), 1, 14)
    add_frames(run, 28)
    film.poll()
    assert (film.position, film.frame["step"], film.live) == (2, 28, True)


def test_a_frame_that_was_gone_to_stays(run: RunDirectory) -> None:
    add_frames(run, 0, 14, 28)
    film = FilmModel()
    film.follow(run)
    film.go_to(1)
    add_frames(run, 42)
    film.poll()
    assert (film.position, film.frame["step"], film.live) == (1, 14, False)
    film.go_to(99)
    assert (film.position, film.frame["step"], film.live) == (3, 42, True)


@pytest.mark.parametrize(
    ("step", "shown"), [(-5, 0), (0, 0), (13, 0), (14, 14), (27, 14), (99, 28)]
)
def test_a_step_shows_the_last_frame_up_to_it(run: RunDirectory, step: int, shown: int) -> None:
    add_frames(run, 0, 14, 28)
    film = FilmModel()
    film.follow(run)
    film.go_to_step(step)
    assert film.frame["step"] == shown


def test_another_film_replaces_the_first_even_at_the_same_step(
    run: RunDirectory, tmp_path: Path
) -> None:
    other = RunDirectory.create(recipe("fast"), tmp_path / "others")
    add_frames(run, 5)
    image = {"boxes": [], "score": []}
    (other.film / "frame-00000005.json").write_text(json.dumps({"step": 5, "images": [image]}))
    film = FilmModel()
    film.follow(run)
    film.follow(other)
    assert film.frame["images"] == [image]
    film.follow(None)
    assert (film.steps, film.frame, film.watched()) == ((), None, None)


def test_the_film_beside_goes_along(run: RunDirectory) -> None:
    other = RunDirectory.create(recipe("tutorial"), run.path.parent)
    add_frames(run, 0, 10, 20)
    add_frames(other, 0, 7, 14)
    model = TrainLiveModel(root=run.path.parent)
    model.follow(run)
    model.look_beside(other.run_id)
    assert model.beside.frame["step"] == 14
    model.film.go_to(1)
    assert model.beside.frame["step"] == 7
    model.look_beside("")
    assert model.beside.frame is None


def test_a_damaged_frame_and_its_images_are_said_and_the_next_is_shown(run: RunDirectory) -> None:
    add_frames(run, 0)
    (run.film / "frame-00000014.json").write_text('{"step": 14, "images": [{"boxes": [1]}]}')
    (run.film / "frame-last.json").write_text("{}")
    (run.film / "images.json").write_text('{"labels": 3}')
    film = FilmModel()
    film.follow(run)
    assert (film.steps, film.frame) == ((0, 14), {"step": 14})
    assert film.problem.startswith(f"{run.film / 'frame-00000014.json'} is damaged: images.0.boxes")
    add_frames(run, 28)
    film.poll()
    assert (film.frame["step"], film.problem) == (28, "")
    assert film.watched() is None
    assert film.problem.startswith(f"{run.film / 'images.json'} is damaged: labels must be a list")
