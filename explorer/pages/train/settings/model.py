"""Settings of the next run: one `TrainConfig`, changed a value at a time or as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import traitlets as t
from pydantic import ValidationError

from explorer.config import (
    CLASS_LOSSES,
    RECIPES,
    AnchorConfig,
    Hardware,
    TrainConfig,
    explain,
    recipe,
)
from explorer.i18n import _
from explorer.pages.train.settings.plan import check_pretrained
from explorer.training.dotted import config_differences, dotted

_NOT_OF_A_RECIPE = (
    "dataset", "class_names", "pretrained", "anchors", "input_size", "epochs", "first_epoch",
    "seed", "overfit", *Hardware.model_fields,
)  # fmt: skip
"""What the user chose for other reasons stays when another recipe is taken."""


class TrainSettings(t.HasTraits):
    """The configuration of the next run; what is not allowed leaves it as it is.

    `root` is the folder of the runs, whose weights the next one may begin with.
    """

    config = t.Instance(TrainConfig)

    def __init__(self, root: Path) -> None:
        super().__init__(config=recipe("fast"))
        self.root = root

    def value(self, name: str) -> Any:
        """Return one setting by its dotted name, as ``match.negative_mining_ratio``."""
        return dotted(self.config.model_dump(mode="json"))[name]

    def change(self, name: str, value: Any) -> None:
        """Change one setting by its dotted name.

        Raises
        ------
        ValueError
            If `value` is out of its range.
        """
        group, _dot, inner = name.rpartition(".")
        content = self.config.model_dump()
        (content[group] if group else content)[inner] = value
        self.config = _validated(content)

    def use_recipe(self, name: str) -> None:
        """Take all that a recipe decides; data, length, seed and device stay.

        Anchors stay, too, if they were chosen: if they are not those of the present recipe.

        Raises
        ------
        ValueError
            If no recipe has that name.
        """
        kept = {each: getattr(self.config, each) for each in _NOT_OF_A_RECIPE}
        if self.config.anchors == recipe(self.config.recipe).anchors:
            del kept["anchors"]
        self.config = recipe(name, **kept)

    def use_class_loss(self, name: str) -> None:
        """Choose the class loss, with mined negatives if it needs them."""
        mining = 3.0 if CLASS_LOSSES[name].mined else -1.0
        match = self.config.match.with_(negative_mining_ratio=mining)
        self.config = self.config.with_(class_loss=name, match=match)

    def use_anchors(self, text: str) -> None:
        """Take anchors from JSON: the anchors page's whole text, or an `AnchorConfig` alone.

        Raises
        ------
        ValueError
            If there are none in `text`.
        """
        try:
            content = json.loads(text)
            if isinstance(content, Mapping) and "anchors" in content:
                content = content["anchors"]
            anchors = AnchorConfig.model_validate(content)
        except ValidationError as error:
            raise ValueError(_("These are not anchors: {why}.", why=explain(error))) from None
        except ValueError:
            raise ValueError(
                _(
                    "This is not JSON: copy “This page as text” on the anchors page, and paste "
                    "it here."
                )
            ) from None
        self.config = self.config.with_(anchors=anchors)

    def use_checkpoint(self, path: str) -> None:
        """Begin with the weights of this ``….params`` file.

        Raises
        ------
        ValueError
            If there is none, or it is damaged.
        """
        chosen = str(Path(path.strip()).expanduser().resolve())
        check_pretrained(chosen)
        self.change("pretrained", chosen)

    def changed(self) -> tuple[str, ...]:
        """Return the dotted names of what differs from the recipe."""
        kept = {each: getattr(self.config, each) for each in _NOT_OF_A_RECIPE}
        plain = recipe(self.config.recipe, **kept)
        return tuple(name for name, _a, _b in config_differences(plain, self.config))

    def from_json(self, text: str) -> None:
        """Take the JSON of a `TrainConfig`; what is left out has its default.

        Raises
        ------
        ValueError
            If `text` holds no such settings; the present ones stay.
        """
        try:
            content = json.loads(text)
        except ValueError:
            raise ValueError(_("This is not JSON; the settings stay as they were.")) from None
        if not isinstance(content, dict):
            raise ValueError(_("These are not settings; the present ones stay as they were."))
        name = content.get("recipe", "fast")
        if name not in RECIPES:
            text = _("No recipe is called {name!r}, only {names}; the settings stay as they were.")
            raise ValueError(text.format(name=name, names=", ".join(RECIPES)))
        self.config = _validated({**RECIPES[name], **content})


def _validated(content: Any) -> TrainConfig:
    try:
        return TrainConfig.model_validate(content)
    except ValidationError as error:
        raise ValueError(_("{why}; the settings stay as they were.", why=explain(error))) from None
