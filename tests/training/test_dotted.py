from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from explorer.config import CREATURE, TOY_SSD, TrainConfig, recipe
from explorer.training.dotted import config_differences, dotted

names = st.text("abc", min_size=1, max_size=3)
nested = st.recursive(
    st.none() | st.integers() | st.lists(st.integers(), max_size=3),
    lambda inner: st.dictionaries(names, inner, min_size=1, max_size=3),
    max_leaves=10,
)


@given(content=st.dictionaries(names, nested))
def test_every_value_is_found_under_its_name(content: dict[str, Any]) -> None:
    for name, value in dotted(content).items():
        found: Any = content
        for part in name.split("."):
            found = found[part]
        assert found is value
        assert not isinstance(found, dict)


def test_lists_of_objects_are_counted_and_lists_of_numbers_are_values() -> None:
    content = {"seconds": {"data": 1.5}, "layers": [{"sizes": [0.1]}, {"sizes": []}], "none": []}
    assert dotted(content) == {
        "seconds.data": 1.5,
        "layers.0.sizes": [0.1],
        "layers.1.sizes": [],
        "none": [],
    }


def test_equal_configurations_have_no_differences() -> None:
    assert config_differences(TrainConfig(seed=3), TrainConfig(seed=3)) == []


def test_differences_are_in_the_order_of_the_settings() -> None:
    changed = TrainConfig(seed=3, epochs=2, anchors=CREATURE)
    fewer = TrainConfig(anchors=CREATURE.with_(layers=CREATURE.layers[:4]))
    assert config_differences(changed, fewer) == [
        ("anchors.layers.4.sizes", [0.88, 0.961], None),
        ("anchors.layers.4.ratios", [1.0, 0.67, 0.5], None),
        ("epochs", 2, 8),
        ("seed", 3, 0),
    ]


@given(st.sampled_from(["fast", "tutorial"]), st.sampled_from([TOY_SSD, CREATURE]))
def test_the_other_way_round_the_values_change_places(name: str, anchors: Any) -> None:
    a, b = recipe(name, anchors=anchors), TrainConfig(anchors=TOY_SSD, seed=1)
    there, back = config_differences(a, b), config_differences(b, a)
    assert sorted(map(repr, there)) == sorted(repr((n, y, x)) for n, x, y in back)
    assert ("seed", 0, 1) in there
