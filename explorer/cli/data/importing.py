"""``ssd-explorer data import``: a user's own images and labels become a data set."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.cli.options import EncodingOption, JsonOption, KindOption
from explorer.cli.terminal import num_images, num_objects, progress, say
from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.datasets.annotations import AnnotationSet
    from explorer.datasets.own.build import BuildReport
    from explorer.datasets.own.class_list import ClassMapping

_SHOWN = 5


def import_(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A folder, or a zip file of one.")],
    name: Annotated[str, typer.Option(help="The data set's name from now on.")],
    kind: Annotated[str, KindOption] = "auto",
    encoding: Annotated[str | None, EncodingOption] = None,
    val: Annotated[
        float, typer.Option(help="Share of the images to validate on, up to 0.5.")
    ] = 0.2,
    train_list: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Names of images to train on, one per line.")
    ] = None,
    val_list: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Names of images to validate on.")
    ] = None,
    in_time: Annotated[
        bool,
        typer.Option(
            "--in-time", help="Validate on the last images of each folder, as for films' frames."
        ),
    ] = False,
    rename: Annotated[
        list[str] | None, typer.Option(metavar="OLD=NEW", help="A class; a name merges two.")
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(metavar="CLASS", help="Do not use its objects.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed gives another split.")] = 0,
    without_empty: Annotated[
        bool, typer.Option("--without-empty", help="Leave images without objects out.")
    ] = False,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Fix what `data check` says can be fixed; no file changes."),
    ] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out what cannot be used instead of giving up.")
    ] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Import images with labels: a folder on this machine becomes a data set with a name."""
    from explorer.datasets.catalog import check_new_name
    from explorer.datasets.importers import read_annotations
    from explorer.datasets.own.build import build_dataset
    from explorer.datasets.own.near_duplicates import near_duplicates
    from explorer.datasets.own.split import split_images

    target = check_new_name(name)
    if target.exists():
        text = _(
            "a data set {name} is there already: nothing was done; choose another name, "
            "or: ssd-explorer data remove {name}"
        )
        raise ValueError(text.format(name=name))
    with contextlib.ExitStack() as stack:
        folder = path if path.is_dir() else stack.enter_context(_unpacked(path, target, as_json))
        with progress(_("Reading labels"), shown=not as_json) as update:
            lists = {"train": train_list, "val": val_list}
            annotations = read_annotations(
                folder,
                kind,
                progress=update,
                encoding=encoding,
                lists={side: path for side, path in lists.items() if path is not None},
            )
        for note in annotations.notes if not as_json else ():
            say(note)
        if fix:
            with progress(_("Fixing labels"), shown=not as_json) as update:
                annotations = _mended(annotations, update)
        mapping = _mapping(rename or [], leave_out or [])
        with progress(_("Looking for images that are alike"), shown=not as_json) as update:
            alike = near_duplicates(annotations.images, progress=update)
        mapped = mapping.apply(annotations)
        split = split_images(
            mapped, val, seed, alike, keep_empty=not without_empty, in_time=in_time
        )
        _check_film(split, alike)
        with progress(_("Building {name}", name=name), shown=not as_json) as update:
            report = build_dataset(
                annotations,
                split,
                target,
                mapping,
                keep_empty=not without_empty,
                skip_bad=skip_bad,
                progress=update,
            )
    if as_json:
        typer.echo(json.dumps(_json(name, annotations, report, len(alike))))
    else:
        _print(name, annotations, report)


@contextlib.contextmanager
def _unpacked(archive: Path, target: Path, quiet: bool) -> Iterator[Path]:
    from explorer.datasets.own.archives import extract_zip

    if not archive.exists():
        text = _("{archive} is not there: name a folder or a zip file")
        raise FileNotFoundError(text.format(archive=archive))
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the data set: what is there has room for the images, /tmp may be memory.
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as place:
        with progress(_("Unpacking {name}", name=archive.name), shown=not quiet) as update:
            folder = extract_zip(archive, Path(place) / archive.stem, progress=update)
        yield folder


def _mended(
    annotations: AnnotationSet, update: Callable[[float, float | None], None]
) -> AnnotationSet:
    from explorer.datasets.doctor import ABOUT, examine, mend
    from explorer.datasets.doctor.fixes import FIX_WORDS

    report = examine(annotations, progress=update)
    fixes = Counter(_(FIX_WORDS[each.fix]) for each in report.findings if each.fix)
    mended = mend(report, ABOUT).annotations
    text = _("Fixed: {count:,} × {words}")
    said = tuple(text.format(count=count, words=words) for words, count in fixes.most_common())
    return replace(mended, notes=(*annotations.notes, *said))


def _check_film(split: dict[str, str], alike: list[frozenset[str]]) -> None:
    """Say what to do with frames of a fixed camera, unless something else is there to judge by."""
    from explorer.datasets.own.split import one_film

    why = one_film(split, alike)
    if why and "val" not in split.values():
        raise ValueError(_("{why} (--in-time, or --train-list and --val-list)", why=why))


def _mapping(rename: list[str], leave_out: list[str]) -> ClassMapping:
    from explorer.datasets.own.class_list import ClassMapping

    pairs = {}
    for text in rename:
        old, equals, new = text.partition("=")
        if not equals:
            raise ValueError(_("--rename takes OLD=NEW, got {text!r}", text=text))
        pairs[old] = new.strip()
    return ClassMapping(pairs, frozenset(leave_out))


def _json(
    name: str, annotations: AnnotationSet, report: BuildReport, num_alike: int
) -> dict[str, object]:
    return {
        "name": name,
        "folder": str(report.folder),
        "kind": annotations.kind,
        "class_names": report.class_names,
        "num_images": report.num_images,
        "num_objects": report.num_objects,
        "num_alike": num_alike,
        "encoded": report.encoded,
        "left_out": report.left_out,
        "notes": annotations.notes,
    }


def _print(name: str, annotations: AnnotationSet, report: BuildReport) -> None:
    reasons = Counter(report.encoded.values())
    for reason, count in reasons.most_common():
        say(_("Re-encoded: {count:,} × {reason}", count=count, reason=reason))
    for image, reason in islice(report.left_out.items(), _SHOWN):
        say(_("Left out: {image}: {reason}", image=image, reason=reason))
    if (more := len(report.left_out) - _SHOWN) > 0:
        say(_("… and {more:,} more", more=more))
    images, objects = report.num_images, sum(report.num_objects.values())
    text = _(
        "Imported {name}: {images} to train on and {val:,} to validate on, {objects} of {classes}, "
        "in {folder}"
    )
    say(
        text.format(
            name=name,
            images=num_images(images["train"]),
            val=images["val"],
            objects=num_objects(objects),
            classes=", ".join(report.class_names),
            folder=report.folder,
        )
    )
