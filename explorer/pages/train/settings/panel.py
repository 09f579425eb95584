"""The settings of the next run, each explained, and what will happen with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from explorer.config import ANCHOR_PRESETS, CLASS_LOSSES, RECIPES, preset_name
from explorer.datasets import dataset_names
from explorer.datasets.catalog import is_named, named
from explorer.engine.gpus import Gpu, gpus, mxnet_computes_on_gpus
from explorer.i18n import _
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.number_field import NumberField
from explorer.pages.shared.page.address import PageState
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import button, classed, column, labelled, row, section, show
from explorer.pages.train.hyper_parameters import (
    Setting,
    loss_settings,
    main_settings,
    more_settings,
    setting_label,
)
from explorer.pages.train.settings.first_weights import FirstWeights
from explorer.pages.train.settings.loss_curve import loss_curve
from explorer.pages.train.settings.model import TrainSettings
from explorer.pages.train.settings.next_run import SETTINGS_PLACE
from explorer.pages.train.settings.plan import Planner, plan_text

_GB = 1e9
_OWN = ""
"""Of a drop-down list: what the user types below it."""


class SettingsPanel:
    """Controls that follow the settings; `sections` belong to the side of the page."""

    def __init__(self, settings: TrainSettings) -> None:
        self._settings, self._planner = settings, Planner(settings.root)
        self._opened = False
        self._gpus: tuple[Gpu, ...] = ()
        self._problem, self._plan_problem = Notice(), Notice()
        self._following = Following(guarded(self._problem))
        self._controls: dict[str, widgets.Widget] = {}
        self._recipe = self._choice("recipe", settings.use_recipe, list(RECIPES))
        self._dataset = self._choice("dataset", self._take_dataset)
        folder = widgets.Text(continuous_update=False)
        self._folder = labelled(_("Its folder, with train.rec and val.rec"), folder)
        self._listen(self._folder, self._take_folder)
        self._anchors = self._choice("anchors", self._take_preset)
        own_anchors = widgets.Textarea(continuous_update=False, rows=3)
        self._own_anchors = labelled(_("Their text, from the anchors page"), own_anchors)
        self._listen(self._own_anchors, self._take_own_anchors)
        self._first_weights = FirstWeights(settings)
        self._device = self._link("device", labelled(setting_label("device"), widgets.Dropdown()))
        self._num_gpus = self._link(
            "num_gpus", NumberField(setting_label("num_gpus"), low=1, high=64, whole=True)
        )
        why = _("Anything that can learn at all will; if not, the amount of data is not to blame")
        check = widgets.Checkbox(description=setting_label("overfit"), indent=False, tooltip=why)
        self._overfit = self._link("overfit", check)
        losses = [(_(each.title), name) for name, each in CLASS_LOSSES.items()]
        self._class_loss = self._choice("class_loss", settings.use_class_loss, losses)
        self._focal = row(*self._settings_of(loss_settings()))
        self._curve, self._plan = widgets.HTML(), widgets.HTML()
        self._changed = widgets.HTML()
        back = guarded(self._problem)(lambda: settings.use_recipe(settings.config.recipe))
        self._back = button(_("Back to the recipe"), back)
        self._state = PageState(_("These settings as text"), settings.from_json)
        place = classed(widgets.HTML(f'<span id="{SETTINGS_PLACE}"></span>'), "ssdx-place")
        self.sections = [
            section(
                _("Settings"),
                place, self._recipe, self._dataset, self._folder, self._anchors, self._own_anchors,
                *self._first_weights.widgets,
                *self._settings_of(main_settings()),
                self._device, self._num_gpus, self._overfit, self._problem,
                *self._more(),
            ),
            section(_("Loss"), self._class_loss, self._focal, self._curve),
            section(_("What will happen"), self._plan, self._plan_problem),
            self._state.section,
        ]  # fmt: skip
        settings.observe(self._draw, "config")
        self._draw()

    def opened(self, query: dict[str, str]) -> None:
        """Look at the data sets that are there by now, and take the address's settings."""
        self._opened = True
        self._gpus = gpus() if mxnet_computes_on_gpus() else ()
        if "state" in query:
            guarded(self._problem)(self._settings.from_json)(query["state"])
        self._draw()

    def _choice(
        self, name: str, take: Callable[[str], None], options: Sequence[Any] = ()
    ) -> widgets.Widget:
        """Return a list for a setting, with its label."""
        return self._listen(labelled(setting_label(name), widgets.Dropdown(options=options)), take)

    def _listen(self, control: widgets.Widget, take: Callable[[Any], None]) -> widgets.Widget:
        self._following.listen(control, take)
        return control

    def _link(self, name: str, control: widgets.Widget) -> widgets.Widget:
        self._controls[name] = control

        def take(value: Any) -> None:
            try:
                self._settings.change(name, value)
            except ValueError:
                self._draw()  # what is refused is said, and not shown any longer
                raise

        return self._listen(control, take)

    def _settings_of(self, settings: Sequence[Setting]) -> list[widgets.Widget]:
        return [self._link(s.name, s.make(s.label, s.explanation)) for s in settings]

    def _more(self) -> list[widgets.Widget]:
        """Return a button, and what it shows: all other settings with their explanations."""
        inside = column(gap=8, display="none")
        button = widgets.ToggleButton(description=_("More settings"))
        button.layout.width = "auto"

        def toggle(change: dict[str, Any]) -> None:
            if not inside.children:  # made when first asked for: the page is there sooner
                inside.children = [self._changed, self._back, *self._explained(more_settings())]
                self._draw()
            show(change["new"], inside)

        button.observe(toggle, "value")
        return [button, inside]

    def _explained(self, settings: Sequence[Setting]) -> list[widgets.Widget]:
        """Return each setting's control with its explanation below it."""
        made: list[widgets.Widget] = []
        for setting in settings:
            text = widgets.HTML(f'<p class="ssdx-fine ssdx-muted">{setting.explanation}</p>')
            made += [*self._settings_of([setting]), text]
        return made

    def _take_dataset(self, name: str) -> None:
        if name != _OWN:
            self._settings.change("dataset", name)
        show(name == _OWN, self._folder)

    def _take_folder(self, folder: str) -> None:
        if not (Path(folder).expanduser() / "train.rec").is_file():
            text = _("There is no train.rec in {folder!r}: type the folder of a data set.")
            raise ValueError(text.format(folder=folder))
        self._settings.change("dataset", str(Path(folder).expanduser().resolve()))

    def _take_preset(self, name: str) -> None:
        if name != _OWN:
            self._settings.change("anchors", ANCHOR_PRESETS[name].model_dump())
        show(name == _OWN, self._own_anchors)

    def _take_own_anchors(self, text: str) -> None:
        if text.strip():
            self._settings.use_anchors(text)

    def _draw(self, _change: Any = None) -> None:
        config = self._settings.config
        with self._following:
            self._recipe.value = config.recipe
            self._class_loss.value = config.class_loss
            self._draw_dataset(config.dataset)
            self._draw_anchors()
            self._first_weights.draw()
            _offer(self._device, _devices(self._gpus), config.device)
            for name, control in self._controls.items():
                value = self._settings.value(name)
                if isinstance(control, widgets.Dropdown):
                    _offer(control, _pairs(control), value)
                control.value = value
        several = len(self._gpus) > 1 or config.num_gpus > 1
        show(several, self._num_gpus)
        show(config.class_loss == "focal", self._focal)
        self._curve.value = loss_curve(config.class_loss, config.focal_alpha, config.focal_gamma)
        self._draw_changed()
        self._state.show(config.to_json())
        if self._opened:  # a kernel that waits for its user reads no data
            guarded(self._plan_problem)(self._draw_plan)()

    def _draw_dataset(self, name: str) -> None:
        own = not is_named(name)
        choices = [*_dataset_choices(), (_("A folder of yours…"), _OWN)]
        self._following.offer(self._dataset, choices, _OWN if own else name)
        show(own, self._folder)
        if own:
            self._folder.value = name

    def _draw_anchors(self) -> None:
        preset = preset_name(self._settings.config.anchors)
        presets = ((name, name) for name in ANCHOR_PRESETS)
        choices = [*presets, (_("Your own, from the anchors page…"), _OWN)]
        self._following.offer(self._anchors, choices, preset or _OWN)
        show(not preset, self._own_anchors)
        if not preset:
            self._own_anchors.value = self._settings.config.anchors.to_json()

    def _draw_changed(self) -> None:
        changed = self._settings.changed()
        recipe = self._settings.config.recipe
        self._back.disabled = not changed
        text = _("Everything as the recipe {recipe} says.", recipe=recipe)
        if changed:
            names = ", ".join(map(setting_label, changed))
            text = _("Changed from {recipe}: {names}.", recipe=recipe, names=names)
        self._changed.value = f'<p class="ssdx-fine">{escape(text)}</p>'

    def _draw_plan(self) -> None:
        self._plan.value = plan_text(self._planner.plan(self._settings.config))


def _offer(control: widgets.Dropdown, options: list[tuple[str, Any]], value: Any) -> None:
    """Offer `options`, and `value` too if another page or the user's text brought it."""
    if value not in [each for _label, each in options]:
        options = [*options, (str(value), value)]
    if options != _pairs(control):
        control.options = options


def _pairs(control: widgets.Dropdown) -> list[tuple[str, Any]]:
    return [each if isinstance(each, tuple) else (str(each), each) for each in control.options]


def _devices(found: tuple[Gpu, ...]) -> list[tuple[str, str]]:
    """Return what can be chosen: each GPU by its name and free memory."""
    devices = [(_("Automatic (GPU if there is one)"), "auto"), (_("CPU"), "cpu")]
    for gpu in found:
        free, total = gpu.free_memory / _GB, gpu.total_memory / _GB
        text = _("{name}, {free:.0f} of {total:.0f} GB free")
        devices.append((text.format(name=gpu.name, free=free, total=total), gpu.device))
    return devices


def _dataset_choices() -> list[tuple[str, str]]:
    """Return every named data set; one that is not there yet is made when the run starts."""
    there = dataset_names()
    return [
        (name if name in there else _("{name} (made at the start)", name=name), name)
        for name in named()
    ]
