"""Having a data set there before it is opened: made or downloaded where that is possible."""

from __future__ import annotations

from explorer.datasets.catalog import dataset_path
from explorer.datasets.folder_in_place import CancelledError
from explorer.datasets.pikachu import download_pikachu
from explorer.datasets.synthetic.make import make
from explorer.datasets.synthetic.variants import VARIANTS
from explorer.datasets.walking import Cancelled, Progress
from explorer.i18n import _


def ensure_dataset(
    name: str, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> None:
    """Make a missing creature variant or download a missing Pikachu set, in the data root.

    Anything else (a set that is there, a folder) is left to `open_dataset`, which checks it.

    Parameters
    ----------
    name : str
        As `open_dataset` takes it.
    progress : callable(done, total)
        In images, or in bytes of the file that is being downloaded.

    Raises
    ------
    CancelledError
        If `cancelled` returned True; nothing half-made is left.
    ConnectionError
        If there is no network to download from.
    OSError
        If the data root cannot be written.
    """
    if name in VARIANTS:
        folder = dataset_path(name)
        if not folder.exists():
            make(name, folder, progress=progress, cancelled=cancelled)
    elif name == "pikachu" and not (dataset_path(name) / "val.rec").exists():

        def report(_file: str, done: int, total: int | None) -> None:
            if cancelled is not None and cancelled():
                raise CancelledError(_("the download was stopped"))
            if progress is not None and total:
                progress(done, total)

        download_pikachu(dataset_path(name), progress=report)


def classes_to_come(name: str) -> tuple[str, ...]:
    """Return the classes of a set that `ensure_dataset` makes or downloads, before it is there."""
    return VARIANTS[name].species if name in VARIANTS else (name,)  # Pikachu's one is so called
