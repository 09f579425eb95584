"""Settings: frozen, validated, with a JSON round trip.

Every setting that changes a result is here, so that a run, a page or a notebook can be
described by one JSON document and be made again from it.
"""

from explorer.config.anchors import AnchorConfig, AnchorLayer, scales
from explorer.config.architectures import ARCHITECTURES, TOY_SSD_KEY, architecture_maps
from explorer.config.class_losses import CLASS_LOSSES
from explorer.config.detection import DetectConfig, DetectorConfig
from explorer.config.feature_maps import FeatureMap, MapShape
from explorer.config.hints import DetectorHints
from explorer.config.matching import MatchConfig
from explorer.config.optimizers import OPTIMIZERS
from explorer.config.presets import (
    ANCHOR_PRESETS,
    CREATURE,
    SSD300,
    SSD512,
    TOY_SSD,
    anchor_preset,
    preset_name,
)
from explorer.config.settings import Variances, explain
from explorer.config.training import (
    MAX_EPOCHS,
    NAMED_DETECTORS,
    OVERFIT_STEPS,
    RECIPES,
    SHIPPED_DETECTORS,
    TUTORIAL_DETECTOR,
    Hardware,
    TrainConfig,
    recipe,
)

__all__ = [
    "ANCHOR_PRESETS",
    "ARCHITECTURES",
    "CLASS_LOSSES",
    "CREATURE",
    "MAX_EPOCHS",
    "NAMED_DETECTORS",
    "OPTIMIZERS",
    "OVERFIT_STEPS",
    "RECIPES",
    "SHIPPED_DETECTORS",
    "SSD300",
    "SSD512",
    "TOY_SSD",
    "TOY_SSD_KEY",
    "TUTORIAL_DETECTOR",
    "AnchorConfig",
    "AnchorLayer",
    "DetectConfig",
    "DetectorConfig",
    "DetectorHints",
    "FeatureMap",
    "Hardware",
    "MapShape",
    "MatchConfig",
    "TrainConfig",
    "Variances",
    "anchor_preset",
    "architecture_maps",
    "explain",
    "preset_name",
    "recipe",
    "scales",
]
