"""What a line of ``records.jsonl`` must be: whoever reads a run's records meets nothing else.

A line with a value that is missing, or of another type, is left out and counted, and takes nothing
else with it. Values that no reader needs may be anything. Earlier versions wrote less: what they
left out is optional here.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from explorer.i18n import _
from explorer.training.run.following import parse_object
from explorer.training.run.sentences import can_be_said, event_sentence

_LATEST = 253_402_300_799.0
"""The end of the year 9999: no later time has a date."""

Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=2**53)]
"""Larger ones are no numbers of a browser."""
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    step: Count
    """Steps done."""
    time: Annotated[float, Field(ge=0.0, le=_LATEST)]
    """Seconds since the epoch."""
    answers: list[str] = []
    """The ids of the commands that are done with it."""


class _Start(_Record):
    kind: Literal["start", "resume"]
    fingerprint: str | None = None
    """Of the data."""


class _Step(_Record):
    """See `explorer.net.step_metrics.StepRecord`."""

    kind: Literal["step"]
    class_loss: Number
    box_loss: Number
    num_samples: Count
    seconds: dict[str, Number]
    epoch: Count = 0
    accuracy: Share | None = None
    background_accuracy: Share | None = None
    positive_accuracy: Share | None = None
    box_mae: Number | None = None
    positive_box_error_px: Number | None = None
    num_positives: Count = 0
    positives_per_layer: list[Count] = []
    learning_rate: Number | None = None
    memory_mb: Number | None = None
    gpu_memory_mb: Number | None = None


class _Epoch(_Record):
    kind: Literal["epoch"]
    epoch: Count
    ap50: Share
    ap75: Share
    map: Share


class _Event(_Record):
    kind: Literal["event"]

    @model_validator(mode="before")
    @classmethod
    def _has_a_sentence(cls, content: Any) -> Any:
        if not can_be_said(event_sentence, content):
            raise ValueError(_("{message} is nothing that a run says", message=content))
        return content


class _Other(_Record):
    kind: Literal["answer", "end"]


_LINE = TypeAdapter(
    Annotated[_Start | _Step | _Epoch | _Event | _Other, Field(discriminator="kind")]
).validator


def parse_record(line: bytes) -> dict[str, Any] | None:
    """Return the record of a line, whole and as it was written, or None if it is none."""
    content = parse_object(line)
    return content if _LINE.isinstance_python(content) else None
