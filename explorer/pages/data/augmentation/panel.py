"""“Augmentation”: an image before, its crop, and what training may see of it."""

from __future__ import annotations

from html import escape

import ipywidgets as widgets

from explorer.datasets.augmentation import MODES
from explorer.i18n import N_, _, ngettext
from explorer.pages.data.augmentation.model import THROWS, AugmentationModel, Throw, Thrown
from explorer.pages.data.augmentation.words import (
    MODE_WORDS,
    change_words,
    objects_sentence,
    rule_sentence,
)
from explorer.pages.data.image_thumbnail import image_thumbnail_url
from explorer.pages.data.words import class_word
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.text_line import TextLine
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import (
    beside,
    button,
    column,
    row,
    set_class,
    show,
    step_button,
)
from explorer.pages.shared.pictures.picture_boxes import (
    BoxStyle,
    LabelledBox,
    PictureBoxes,
    box_legend,
)
from explorer.pages.shared.pictures.picture_slots import PictureSlots
from explorer.pages.shared.timing.background import start

_GT = theme.ROLES["gt"]
_CHOSEN = theme.ROLES["selected"]
STYLES = {
    "whole": BoxStyle(N_("object that is whole in the crop"), _GT.color, _GT.width),
    "cut": BoxStyle(N_("object that the crop cuts"), theme.ROLES["detection"].color, 2.5, (6, 4)),
    "crop": BoxStyle(N_("the chosen crop"), _CHOSEN.color, _CHOSEN.width),
}


class AugmentationPanel:
    """An image with its crop, and some throws beside it; a click on one shows its crop.

    While it is hidden (``widget.layout.display`` is "none") nothing is thrown or drawn.
    """

    def __init__(self, model: AugmentationModel, page: Page) -> None:
        self._model = model
        self._drawn: Thrown | None = None
        self._failed, self._problem = Notice(), Notice()
        guard = self._guard = guarded(self._failed)
        self._following = Following(guard)
        self.figure = PictureBoxes("augmented", STYLES)
        self._previous = step_button("‹", _("Previous image"), guard(lambda: model.turn(-1)))
        self._next = step_button("›", _("Next image"), guard(lambda: model.turn(1)))
        self._name = TextLine()
        self._modes = widgets.ToggleButtons(options=[(_(MODE_WORDS[mode]), mode) for mode in MODES])
        self._modes.add_class("ssdx-throwmodes")
        tooltip = _("Other crops, mirrors and colours of the same image")
        self._another = button(_("Throw again"), guard(model.another), tooltip, style="primary")
        self._rule, self._state = TextLine(), TextLine("ssdx-muted")
        self._unused = widgets.HTML()
        self.slots = PictureSlots("throw", THROWS, guard(self._choose))
        self.widget = self._build(page)

        self._following.listen(self._modes, model.choose_mode)
        drawn = ["annotations", "input_size", "mode", "number", "seed", "thrown", "problem"]
        model.observe(guard(lambda _change: self._draw()), drawn)
        model.observe(guard(lambda _change: self._draw_before()), "chosen")
        self.widget.layout.observe(guard(lambda _change: self._draw()), "display")
        guard(self._draw)()

    def _build(self, page: Page) -> widgets.VBox:
        steps = row(self._previous, self._next, self._name)
        dice = row(self._modes, self._another)
        for line in (steps, dice):
            line.add_class("ssdx-throwbuttons")
        before = column(page.plot(self.figure.plot), widgets.HTML(box_legend(STYLES)), gap=10)
        self._result = beside((before, 300), (self.slots.widget, 400), align_items="flex-start")
        self._content = column(
            steps, dice, self._rule, self._problem, self._unused, self._result, gap=14
        )
        return column(self._failed, self._state, self._content, gap=14)

    def _draw(self) -> None:
        if self.widget.layout.display == "none":
            return  # it is drawn when it is shown
        model = self._model
        missing = ""
        if model.annotations is None:
            missing = _("There is no set to look at yet.")
        elif not model.num_images:
            missing = _("The set has no image.")
        self._state.show(missing)
        show(missing, self._state)
        show(not missing, self._content)
        if missing:
            return
        start(self._model.throw(), self._guard)
        image = model.annotations.images[model.number]
        self._name.show(
            _("Image {number:,} of {all:,}: {name}").format(
                number=model.number + 1, all=model.num_images, name=image.name
            )
        )
        self._previous.disabled = model.number == 0
        self._next.disabled = model.number == model.num_images - 1
        self._another.disabled = model.mode == "none"
        with self._following:
            self._modes.value = model.mode
        self._rule.show(rule_sentence(model.mode))
        self._problem.fail(model.problem)
        show(model.thrown is not None, self._result)
        self._draw_thrown()

    def _draw_thrown(self) -> None:
        thrown: Thrown | None = self._model.thrown
        unused = "" if thrown is None else _unused_words(thrown.num_unused)
        self._unused.value = f'<p class="ssdx-warning">{escape(unused)}</p>'
        show(unused, self._unused)
        if thrown is None or thrown is self._drawn:
            return
        self._drawn = thrown
        self.slots.show_first(len(thrown.throws))
        for number in range(len(thrown.throws)):
            self._draw_throw(thrown, number)
        self._choose(min(self._model.chosen, len(thrown.throws) - 1))
        self._draw_before()

    def _draw_throw(self, thrown: Thrown, number: int) -> None:
        throw = thrown.throws[number]
        outlines = [
            (tuple(box), STYLES["cut" if cut else "whole"].color, 2)
            for box, cut in zip(throw.labels[:, 1:].tolist(), throw.cut.tolist(), strict=True)
        ]
        self.slots.draw(number, image_thumbnail_url(throw.image, outlines))
        said, objects = change_words(thrown, throw), objects_sentence(throw)
        caption = f"<p>{escape(objects)}</p><p class='ssdx-muted'>{escape(said)}</p>"
        self.slots.captions[number].value = caption
        text = _("Throw {number}: show its crop").format(number=number + 1)
        self.slots.describe(number, text, text)

    def _draw_before(self) -> None:
        thrown, chosen = self._model.thrown, self._model.chosen
        if thrown is None:
            return
        throw = thrown.throws[min(chosen, len(thrown.throws) - 1)]
        self.figure.show_picture(thrown.picture)
        self.figure.show(_before(thrown, throw))
        for number, place in enumerate(self.slots.places):
            set_class(place, "ssdx-chosen", number == chosen)

    def _choose(self, number: int) -> None:
        self._model.chosen = number


def _before(thrown: Thrown, throw: Throw) -> dict[str, list[LabelledBox]]:
    """Return what lies on the image: its objects, and the crop."""
    picture = thrown.picture
    boxes: dict[str, list[LabelledBox]] = {"whole": [], "cut": [], "crop": []}
    for (class_id, *box), cut in zip(thrown.labels.tolist(), throw.cut.tolist(), strict=True):
        name = class_word(thrown.class_names[int(class_id)])
        boxes["cut" if cut else "whole"].append((box, name))
    if throw.change.crop_px is not None:
        left, top, right, bottom = throw.change.crop_px
        width, height = picture.width_px, picture.height_px
        boxes["crop"].append(((left / width, top / height, right / width, bottom / height), ""))
    return boxes


def _unused_words(number: int) -> str:
    if not number:
        return ""
    text = ngettext(
        "{n} box is left out here: it cannot be trained on as it stands.",
        "{n} boxes are left out here: they cannot be trained on as they stand.",
        number,
    )
    return f"{text} {_('The label doctor says why.')}"
