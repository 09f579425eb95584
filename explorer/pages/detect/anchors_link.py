"""The way from a detector to its anchors, on the page that shows these."""

from __future__ import annotations

from pathlib import Path

import ipywidgets as widgets

from explorer.config import DetectorConfig
from explorer.engine.checkpoint_files import CheckpointError, describe_checkpoint
from explorer.i18n import _
from explorer.pages.detect.loaded_detector import LoadedDetector
from explorer.pages.shared.page.parts import onward_button


def anchors_link(detector: LoadedDetector) -> widgets.HTML:
    """Return a button that opens the anchors of the chosen checkpoint of `detector`.

    It is not there where the checkpoint is missing or damaged, which whoever loads it says.
    """
    link = widgets.HTML(layout={"flex": "0 0 auto"})

    def draw() -> None:
        link.value = ""
        try:
            config, _content = describe_checkpoint(Path(detector.path))
        except CheckpointError:
            return
        link.value = onward_button(_("See its anchors"), "anchors", anchors_state(config))

    detector.observe(lambda _change: draw(), "path")
    draw()
    return link


def anchors_state(config: DetectorConfig) -> dict[str, object]:
    """Return the state of the anchors page that shows a detector's anchors on its own maps."""
    told = config.model_dump(mode="json")
    return {
        "anchors": told["anchors"],
        "own_maps": told["feature_maps"],  # those that are not the rule of its architecture
        "input_shape_px": config.input_shape_px,
    }
