"""A plugin of pytest: random tests say the same each time, and stop at the first bad example."""

from __future__ import annotations

from hypothesis import Phase, settings

settings.register_profile(
    "mutants",
    database=None,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("mutants")
