"""Settings: frozen, validated, with a JSON round trip.

Every setting that changes a result is here, so that a run, a page or a notebook can be
described by one JSON document and be made again from it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

__all__ = [
    "ANCHOR_PRESETS",
    "CREATURE",
    "RECIPES",
    "TOY_SSD",
    "AnchorConfig",
    "AnchorLayer",
    "DetectConfig",
    "DetectorConfig",
    "MatchConfig",
    "TrainConfig",
    "anchor_preset",
    "explain",
    "recipe",
]

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Variances = tuple[Positive, Positive, Positive, Positive]


class _Settings(BaseModel):
    """What all settings share: frozen, closed to unknown names, printable as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_json(self) -> str:
        """Return the settings as one line of JSON; `model_validate_json` reads it back."""
        return self.model_dump_json()

    def with_(self, **changes: Any) -> Any:
        """Return a validated copy with `changes` applied (a plain copy would not validate)."""
        return type(self).model_validate({**self.model_dump(), **changes})


class AnchorLayer(_Settings):
    """Shapes of the anchors ("prior" or "default" boxes) of one prediction layer.

    A cell carries ``S + R - 1`` anchors, not ``S * R``: every size at ``ratios[0]``, then
    ``ratios[1:]`` at ``sizes[0]``.

    Parameters
    ----------
    sizes : S floats in (0, 2]
        Side of the square anchor, relative to the image's height.
    ratios : R floats in (0, 100]
        Width over height; ``ratios[0]`` is 1 in nearly all configurations.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 2.2 (scales and aspect ratios).
    """

    sizes: tuple[float, ...]
    ratios: tuple[float, ...]

    @field_validator("sizes", "ratios")
    @classmethod
    def _positive(cls, values: tuple[float, ...], info: Any) -> tuple[float, ...]:
        limit = 2.0 if info.field_name == "sizes" else 100.0
        if not values:
            raise ValueError(f"{info.field_name} needs at least one number")
        if len(values) > 16:
            raise ValueError(f"{info.field_name} has {len(values)} numbers, the limit is 16")
        for value in values:
            if not 0.0 < value <= limit:  # also False for NaN
                raise ValueError(
                    f"{info.field_name} must be above 0 and at most {limit:g}, got {value:g}"
                )
        return values

    @property
    def num_anchors(self) -> int:
        """Anchors a cell: ``S + R - 1``."""
        return len(self.sizes) + len(self.ratios) - 1


class AnchorConfig(_Settings):
    """Anchors of the whole pyramid, one `AnchorLayer` a feature map, finest map first."""

    layers: tuple[AnchorLayer, ...] = Field(min_length=2, max_length=8)

    @classmethod
    def of(cls, sizes: Any, ratios: Any) -> AnchorConfig:
        """Build from MXNet's two lists of lists; one list of ratios serves all layers."""
        if ratios and not isinstance(ratios[0], (list, tuple)):
            ratios = [ratios] * len(sizes)
        if len(sizes) != len(ratios):
            raise ValueError(f"sizes has {len(sizes)} layers, ratios has {len(ratios)}")
        layers = [
            AnchorLayer(sizes=tuple(s), ratios=tuple(r)) for s, r in zip(sizes, ratios, strict=True)
        ]
        return cls(layers=tuple(layers))

    @property
    def sizes(self) -> list[list[float]]:
        """Sizes as MXNet's operators take them: one list a layer."""
        return [list(layer.sizes) for layer in self.layers]

    @property
    def ratios(self) -> list[list[float]]:
        """Ratios as MXNet's operators take them: one list a layer."""
        return [list(layer.ratios) for layer in self.layers]


TOY_SSD = AnchorConfig.of(
    sizes=[[0.2, 0.272], [0.37, 0.447], [0.54, 0.619], [0.71, 0.79], [0.88, 0.961]],
    ratios=[1, 2, 0.5],
)
"""The tutorial's anchors: 4 a cell, 5,444 at 256 px."""

CREATURE = AnchorConfig.of(
    sizes=[[0.15, 0.2], [0.272, 0.33], [0.4, 0.47], [0.6, 0.7], [0.88, 0.961]],
    ratios=[1, 0.67, 0.5],
)
"""Anchors for the creature set, whose figure is taller than wide and often small."""

ANCHOR_PRESETS: dict[str, AnchorConfig] = {"toy-ssd": TOY_SSD, "creature": CREATURE}


def anchor_preset(name: str) -> AnchorConfig:
    """Return the preset called `name`; raise `ValueError` with the known names otherwise."""
    try:
        return ANCHOR_PRESETS[name]
    except KeyError:
        known = ", ".join(sorted(ANCHOR_PRESETS))
        raise ValueError(f"no anchor preset is called {name!r}; known are: {known}") from None


class DetectorConfig(_Settings):
    """What a network must have for a set of weights to fit it.

    Parameters
    ----------
    class_names : tuple of str
        In order of `class_id`, without the background.
    anchors : AnchorConfig
    input_size : int
        Side of the square input, px.
    """

    class_names: tuple[str, ...] = Field(min_length=1)
    anchors: AnchorConfig = TOY_SSD
    input_size: int = Field(256, ge=64, le=1024)


class MatchConfig(_Settings):
    """How anchors are assigned to ground truths, as MXNet's MultiBoxTarget does.

    Parameters
    ----------
    match_iou_threshold : float in [0, 1]
        An anchor is positive when its best IoU is strictly above this. 0 leaves only the
        forced matches, one anchor a ground truth.
    negative_mining_ratio : float
        Negatives kept a positive, hardest first; -1 keeps all of them.
    negative_mining_threshold : float in (0, 1]
        Only anchors whose best IoU is below this may be mined.
    variances : 4 floats
        Scale the offsets (x, y, width, height).
    """

    match_iou_threshold: Fraction = 0.5
    negative_mining_ratio: float = Field(-1.0, ge=-1.0, le=1000.0)
    negative_mining_threshold: float = Field(0.5, gt=0.0, le=1.0)
    variances: Variances = (0.1, 0.1, 0.2, 0.2)


class DetectConfig(_Settings):
    """How predictions become detections, as MXNet's MultiBoxDetection does.

    Parameters
    ----------
    score_threshold : float in [0, 1]
        Least probability of the best foreground class.
    nms_iou_threshold : float in (0, 1]
        A box is suppressed by a better one at this IoU or more: lower = fewer boxes.
    nms_topk : int
        Only so many best candidates enter NMS; -1 means all.
    force_suppress : bool
        Suppress across classes too.
    clip : bool
        Cut boxes at the image's border.
    """

    score_threshold: Fraction = 0.5
    nms_iou_threshold: float = Field(0.45, gt=0.0, le=1.0)
    nms_topk: int = Field(400, ge=-1)
    force_suppress: bool = False
    clip: bool = True
    variances: Variances = (0.1, 0.1, 0.2, 0.2)


class TrainConfig(_Settings):
    """Everything that decides a training run: the same config and data give the same weights.

    Parameters
    ----------
    dataset : str
        A name (`creature`) or a folder with `train.rec` and `val.rec`.
    class_names : tuple of str
        Names in order of `class_id`; empty means those that the data set declares.
    class_loss : {"cross-entropy", "focal"}
        Softmax cross-entropy over mined negatives, or the tutorial's focal loss over all.
    loss_average : {"positives", "anchors"}
        Both losses are divided by the batch's number of positives, or by all anchors.
    box_weight : float
        Factor of the box loss beside the class loss.
    schedule : {"constant", "cosine"}
        Learning rate over the run; `warmup_steps` rise linearly before it.
    augment : {"none", "crop", "full"}
        Random crop that keeps 95 % of each object, and for `full` also mirror and colour.
    momentum : float
        Of SGD; Adam keeps its own two moments and ignores it.
    device : str
        "auto" (first GPU, else CPU), "cpu", or "gpu0", "gpu1", …
    """

    dataset: str = "creature"
    recipe: str = "fast"
    class_names: tuple[str, ...] = ()
    anchors: AnchorConfig = CREATURE
    match: MatchConfig = MatchConfig(negative_mining_ratio=3.0)
    input_size: int = Field(256, ge=64, le=1024)
    batch_size: int = Field(16, ge=1, le=512)
    epochs: int = Field(8, ge=1, le=10_000)
    seed: int = Field(0, ge=0, le=2**31 - 1)
    device: str = Field("auto", pattern=r"^(auto|cpu|gpu\d+)$")
    class_loss: Literal["cross-entropy", "focal"] = "cross-entropy"
    loss_average: Literal["positives", "anchors"] = "positives"
    box_weight: float = Field(1.0, gt=0.0, le=100.0)
    optimizer: Literal["sgd", "adam"] = "adam"
    learning_rate: Positive = 0.001
    momentum: float = Field(0.9, ge=0.0, lt=1.0)
    weight_decay: float = Field(0.0, ge=0.0, le=1.0)
    schedule: Literal["constant", "cosine"] = "cosine"
    warmup_steps: int = Field(0, ge=0)
    augment: Literal["none", "crop", "full"] = "full"


RECIPES: dict[str, dict[str, Any]] = {
    "fast": {},
    "tutorial": {
        "recipe": "tutorial",
        "match": MatchConfig(),
        "batch_size": 32,
        "class_loss": "focal",
        "loss_average": "anchors",
        "optimizer": "sgd",
        "learning_rate": 0.1,
        "momentum": 0.0,
        "weight_decay": 5e-4,
        "schedule": "constant",
        "augment": "crop",
    },
}
"""Named sets of hyper-parameters; what they leave out has `TrainConfig`'s default."""


def recipe(name: str, **changes: Any) -> TrainConfig:
    """Return the recipe called `name` with `changes` applied.

    Raises
    ------
    ValueError
        If no recipe has that name, or a change is out of its range.
    """
    if name not in RECIPES:
        raise ValueError(f"no recipe is called {name!r}; known are: {', '.join(sorted(RECIPES))}")
    return TrainConfig.model_validate({**RECIPES[name], **changes})


def explain(error: ValidationError) -> str:
    """Return a pydantic error as one sentence: which setting, and what is wrong with it."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if where and where.split(".")[-1] not in message:
        return f"{where}: {message}"
    return message
