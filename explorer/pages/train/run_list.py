"""State of the list of runs: what each reached, and what can be done with one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets as t

from explorer.training.dotted import config_differences
from explorer.training.run.directory import RunDirectory
from explorer.training.run.export import export_csv, export_tensorboard
from explorer.training.run.history import RunSummary, delete_run, summarise_runs


class RunList(t.HasTraits):
    """The runs of a folder, newest first."""

    runs = t.Tuple()
    """tuple of RunSummary: as of the last `refresh`."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root

    def refresh(self) -> None:
        """Read what is there now."""
        self.runs = tuple(summarise_runs(self.root))

    def run(self, run_id: str) -> RunDirectory:
        """Return the run of that name."""
        return RunDirectory(self.root / run_id)

    def summary(self, run_id: str) -> RunSummary | None:
        """Return the line of that run; None if it is not there."""
        return next((run for run in self.runs if run.run_id == run_id), None)

    def others(self, run_id: str) -> list[str]:
        """Return the names of all runs but that one."""
        return [run.run_id for run in self.runs if run.run_id != run_id]

    def differences(self, run_id: str, other_id: str) -> list[tuple[str, Any, Any]]:
        """Return (setting, its value in `run_id`, in `other_id`) where the two differ.

        Raises
        ------
        ValueError
            If a configuration is damaged.
        """
        return config_differences(*(self.run(each).read_config() for each in (run_id, other_id)))

    def delete(self, run_id: str) -> None:
        """Remove a run for good.

        Raises
        ------
        ValueError
            If it is under way.
        OSError
            If it cannot be removed.
        """
        delete_run(self.run(run_id))
        self.refresh()

    def export(self, run_id: str) -> Path:
        """Write the run's records as CSV and as TensorBoard events, and return their folder.

        It lies in the run's own folder and is named after the last step, so that an export of
        the same records is not made twice.

        Raises
        ------
        ValueError
            If there is no step yet.
        OSError
            If it cannot be written.
        """
        run = self.run(run_id)
        folder = run.path / "export" / f"step-{run.read_status().step}"
        if not (folder / "curves.csv").is_file():
            folder.mkdir(parents=True, exist_ok=True)
            export_csv(run, folder / "curves.csv")
            export_tensorboard(run, folder / "tensorboard")
        return folder
