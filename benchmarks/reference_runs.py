"""Keep finished runs as the product's examples of what is normal: ``data/reference/``.

Not a benchmark: ``python -m benchmarks.reference_runs RUN …`` copies of each run what the band
behind the loss needs, its configuration, its end, and the numbers of its steps.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from explorer.data_folders import shipped_root
from explorer.files import write_json
from explorer.pages.train.run_curves import STEP_COLUMNS
from explorer.training.run.directory import RunDirectory

_DIGITS = 4


def keep(run: RunDirectory, root: Path) -> RunDirectory:
    """Write the example that `run` gives into a folder below `root`, and return it.

    Raises
    ------
    ValueError
        If `run` is no run, or has not finished.
    """
    config, status = run.read_config(), run.read_status()
    if status.state != "finished":
        raise ValueError(f"{run.run_id} is {status.state}: only a finished run is an example")
    kept = RunDirectory(root / f"{config.dataset}-{config.recipe}-{config.seed}")
    kept.path.mkdir(parents=True, exist_ok=True)
    write_json(kept.path / "config.json", {"config": config.model_dump(mode="json")})
    end = {"state": "finished", "step": status.step, "num_steps": status.num_steps}
    write_json(kept.path / "status.json", end)
    steps = [_thin(record) for record in run.records() if record["kind"] == "step"]
    content = "".join(json.dumps(step, separators=(",", ":")) + "\n" for step in steps)
    (kept.path / "records.jsonl").write_text(content, encoding="utf-8")
    return kept


def _thin(record: dict[str, Any]) -> dict[str, Any]:
    names = (name for name in STEP_COLUMNS if not name.endswith("_smooth"))
    numbers = {name: _short(record[name]) for name in names}
    rest = {"num_samples": record["num_samples"], "time": record["step"], "seconds": {}}
    return {"kind": "step", **numbers, **rest}


def _short(value: float | None) -> float | None:
    return value if value is None else float(f"{value:.{_DIGITS}g}") if value % 1 else value


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(keep(RunDirectory(Path(name)), shipped_root() / "reference").path)
