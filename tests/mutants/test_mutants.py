from __future__ import annotations

from pathlib import Path

from tests.mutants.copies import Copy
from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.mutations import Mutant, mutants_of
from tests.places import ROOT

SOURCE = '''"""A file that is made up."""

LIMIT = 0.5


@dataclass(frozen=True)
class Few:
    """Few things."""

    number: int | None = 3
    """How many."""

    @property
    def text(self) -> str:
        return _("{n} of them", n=self.number + 1)


def inside(values: list[float]) -> bool:
    return all(value >= LIMIT for value in values) and not values[-1]
'''


def changed(mutants: list[Mutant]) -> set[tuple[str, ...]]:
    return {mutant.lines for mutant in mutants}


def test_each_place_of_a_file_has_one_small_mistake() -> None:
    mutants = mutants_of("made.py", SOURCE)
    end = "return all(value >= LIMIT for value in values) and not values[-1]"
    assert changed(mutants) - {("- " + end, "+ " + end.replace("-1", "-2"))} == {
        ("- LIMIT = 0.5", "+ LIMIT = 1.5"),
        ("- number: int | None = 3", "+ number: int | None = 4"),
        *(
            ('- return _("{n} of them", n=self.number + 1)', f"+ return {text}")
            for text in (
                '_("{n} of them", n=self.number - 1)',
                '_("{n} of them", n=self.number + 2)',
            )
        ),
        *(
            ("- " + end, "+ " + end.replace(old, new))
            for old, new in ((">=", ">"), ("and", "or"), ("not ", ""), ("-1", "+1"))
        ),
    }
    assert all(mutant.source.count("\n") == SOURCE.count("\n") for mutant in mutants)


def test_what_changes_elsewhere_draws_no_other_sample() -> None:
    def digests(source: str) -> set[str]:
        return {mutant.digest for mutant in mutants_of("made.py", source)}

    before = digests(SOURCE)
    assert digests(SOURCE) == before
    longer = SOURCE.replace("LIMIT = 0.5", "LIMIT = 0.5\nOTHER = 7")
    assert len(digests(longer) - before) == 1
    assert before < digests(longer)


def test_a_mistake_is_seen_in_a_copy_and_nowhere_else(tmp_path: Path) -> None:
    path = "explorer/ssd/nms.py"
    source = (ROOT / path).read_text()
    (mutant,) = (
        each
        for each in mutants_of(path, source)
        if each.lines == ("- hit = overlap >= threshold", "+ hit = overlap > threshold")
    )
    copy = Copy(tmp_path)
    tests = copy.tests_of(path)
    assert tests[0] == "tests/ssd/test_nms.py"
    assert copy.sees(mutant)
    assert (tmp_path / path).read_text() == source
    assert copy.passes(tests)
    assert (ROOT / path).read_text() == source


def test_each_equivalent_mutant_stands_in_its_file_with_a_reason() -> None:
    for (path, line, *_others), reason in EQUIVALENT.items():
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        assert line.removeprefix("- ") in map(str.strip, lines)
        assert reason
