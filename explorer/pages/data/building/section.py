"""The split, the building of the set, and the ways on from there."""

from __future__ import annotations

from collections import Counter
from functools import partial
from html import escape
from typing import Any

import ipywidgets as widgets

from explorer.datasets.catalog import imported_names
from explorer.datasets.own.split import LARGEST_FRACTION
from explorer.i18n import _
from explorer.pages.data.building.model import SetBuilder
from explorer.pages.data.model import OwnData
from explorer.pages.data.set_plan import Built
from explorer.pages.data.words import images_word
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.number_field import NumberField
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import button, labelled, onward_button, row, section, show
from explorer.pages.shared.timing.background import start

_SHOWN, _NAMED = 4, 8
"""Images that were left out and are named."""


class BuildSection:
    """Controls of a `SetBuilder`; `sections` belong to the side of the page."""

    def __init__(self, data: OwnData) -> None:
        self._data = data
        builder = self._builder = data.builder
        self._problem, self._split_problem = Notice(), Notice()
        guard = self._guard = guarded(self._problem)
        self._following = Following(guarded(self._split_problem))
        self._controls: dict[str, widgets.Widget] = {
            "val_fraction": labelled(
                _("Share of images for validation"),
                widgets.FloatSlider(
                    min=0.05, max=LARGEST_FRACTION, step=0.05, readout_format=".0%",
                    continuous_update=False,
                ),
            ),
            "seed": labelled(_("Seed of the split"), widgets.BoundedIntText(min=0, max=2**31 - 1)),
            "as_listed": widgets.Checkbox(
                description=_("Split as the files say"), indent=False,
            ),
            "in_time": widgets.Checkbox(
                description=_("Cut in time"), indent=False,
                tooltip=_("Validate on the last images of each folder, for the frames of a film"),
            ),
            "name": labelled(_("Name of the data set"), widgets.Text(continuous_update=False)),
            "keep_empty": widgets.Checkbox(
                description=_("Keep images without objects"), indent=False,
                tooltip=_("They train nothing; in validation whatever is found on them counts as "
                          "wrong"),
            ),
            "skip_bad": widgets.Checkbox(
                description=_("Leave out what cannot be used"), indent=False,
                tooltip=_("Otherwise nothing is built while any image or label is bad"),
            ),
        }  # fmt: skip
        for name, control in self._controls.items():
            self._following.listen(control, partial(builder.set_trait, name))
        self._input_size = NumberField(
            _("Side of the network's input, px"),
            _("Images are resized to it: it decides how large objects are"),
            low=64, high=1024, step=32, whole=True,
        )  # fmt: skip
        self._size_following = Following(guard)
        self._size_following.listen(
            self._input_size, lambda side: data.set_trait("input_size", int(side))
        )
        self._film = Notice()
        self._counts = widgets.HTML()
        self._build = button(
            _("Build the data set"), guard(lambda: self._start(replace=False)), style="primary"
        )
        self._cancel = button(_("Cancel"), guard(builder.cancel))
        self._replace = button("", guard(lambda: self._start(replace=True)), style="warning")
        self._doing = widgets.HTML()
        self._progress = widgets.FloatProgress(min=0.0, max=1.0, layout={"width": "100%"})
        self._result, self._onward = widgets.HTML(), widgets.HTML()
        each = self._controls
        self.sections = [
            section(
                _("Training and validation"),
                each["as_listed"], each["val_fraction"], each["in_time"], each["seed"],
                self._split_problem, self._film,
                self._counts, self._input_size,
            ),
            section(
                _("Build"),
                each["name"], each["keep_empty"], each["skip_bad"],
                row(self._build, self._cancel), self._doing, self._progress, self._problem,
                self._replace, self._result,
            ),
            section(_("Go on"), self._onward),
        ]  # fmt: skip
        builder.observe(guard(lambda _change: self._draw()))
        names = ["annotations", "dataset", "input_size"]
        data.observe(guard(lambda _change: self._draw()), names)
        self._draw()

    def _start(self, replace: bool) -> None:
        self._data.settle()
        start(self._builder.build(replace), self._guard)

    def _draw(self) -> None:
        builder = self._builder
        working = builder.state == "working"
        there = builder.annotations is not None
        with self._following:
            for name, control in self._controls.items():
                control.value = getattr(builder, name)
                control.disabled = working or not there
        with self._size_following:
            self._input_size.value = self._data.input_size
        listed = builder.has_list
        show(listed, self._controls["as_listed"])
        for name in ("val_fraction", "in_time", "seed"):
            free = not listed or not builder.as_listed
            show(free and not (name == "seed" and builder.in_time), self._controls[name])
        self._film.fail("" if builder.counts is None else builder.counts.film)
        self._counts.value = _counts_text(builder)
        self._build.disabled = working or not there
        show(working, self._cancel)
        self._doing.value = f'<p class="ssdx-muted" role="status">{escape(builder.doing)}</p>'
        show(working, self._doing, self._progress)
        self._progress.value = builder.progress
        show(builder.taken, self._replace)
        self._replace.description = _("Replace the one that is there")
        if builder.taken:
            text = _("A data set {name} is here already: choose another name, or replace it.")
            self._problem.fail(text.format(name=builder.name))
        else:
            self._problem.fail(builder.problem)
        self._result.value = "" if builder.built is None else _built_text(builder.built)
        show(builder.built is not None, self._result)
        self._onward.value = _onward(self._data.dataset, self._data.input_size)


def _counts_text(builder: SetBuilder) -> str:
    counts = builder.counts
    if counts is None:
        return ""
    images = _("{images} to train on, {val:,} to validate on.").format(
        images=images_word(counts.images["train"]), val=counts.images["val"]
    )
    lines = [f"<p>{images}</p>"]
    lacking = [name for name, (_train, val) in counts.objects.items() if not val]
    untaught = [name for name, (train, _val) in counts.objects.items() if not train]
    for names, text in (
        (untaught, _("Nothing to train on: {names}.")),
        (lacking, _("Nothing to validate on: {names}.")),
    ):
        if names:
            named = [name or "—" for name in names[:_NAMED]]
            if len(names) > _NAMED:
                named.append(_("{number:,} more").format(number=len(names) - _NAMED))
            line = escape(text.format(names=", ".join(named)))
            lines.append(f'<p class="ssdx-warning">{line}</p>')
    if not (builder.as_listed and builder.has_list):
        alike = _("Images that look alike are kept together.")
        lines.append(f'<p class="ssdx-muted ssdx-fine">{alike}</p>')
    return "".join(lines)


def _built_text(built: Built) -> str:
    report = built.report
    head = _("{name} is built and read back.").format(name=built.name)
    lines = [f'<p class="ssdx-success" role="status">{escape(head)}</p>']
    objects = _(
        "{train:,} images with {train_objects:,} objects to train on, {val:,} with "
        "{val_objects:,} to validate on.",
        train=report.num_images["train"],
        val=report.num_images["val"],
        train_objects=report.num_objects["train"],
        val_objects=report.num_objects["val"],
    )
    lines.append(f"<p>{escape(objects)}</p>")
    if built.num_alike:
        text = _("Groups of images that look alike: {number:,}.").format(number=built.num_alike)
        lines.append(f"<p>{escape(text)}</p>")
    fine = [
        _("Re-encoded: {count:,} × {reason}", count=count, reason=reason)
        for reason, count in Counter(report.encoded.values()).most_common()
    ]
    left = [
        _("Left out: {image}: {reason}", image=image, reason=reason)
        for image, reason in report.left_out.items()
    ]
    fine += left[:_SHOWN]
    if len(left) > _SHOWN:
        fine.append(_("… and {number:,} more", number=len(left) - _SHOWN))
    lines += [f'<p class="ssdx-muted ssdx-fine">{escape(text)}</p>' for text in fine]
    return "".join(lines)


def _onward(dataset: str, input_size: int) -> str:
    if not dataset:
        text = _("Build the data set first: then it is on every page.")
        return f'<p class="ssdx-muted">{escape(text)}</p>'
    training: dict[str, Any] = {"dataset": dataset, "input_size": input_size}
    if dataset in imported_names():
        training["pretrained"] = "creature"  # few images learn faster from there; the page says so
    anchors = {"dataset": dataset, "input_shape_px": [input_size, input_size]}
    buttons = (
        onward_button(_("Find anchors that fit it"), "anchors", anchors)
        + onward_button(_("Train on it"), "train_live", training)
        + onward_button(_("Detect on its images"), "detect", {"dataset": dataset})
    )
    text = escape(_("{name} is on every page by its name.").format(name=dataset))
    return f'<p>{text}</p><div class="ssdx-ways">{buttons}</div>'
