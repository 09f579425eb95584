"""How long the score slider of the detect page takes, with 400 boxes on the picture.

``python -m benchmarks score_slider`` presses keys on the slider and waits for the second
animation frame after each, on the browser's own clock: by then the first has been drawn.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from benchmarks.one_page import one_page
from explorer.engine import Engine
from tests.browser.browsing import chromium

LIMIT_MS = 25.0
NUM_BOXES = 400

_WATCH = """
() => {
  window.taken = []
  addEventListener("keydown", () => {
    const began = performance.now()
    requestAnimationFrame(() => requestAnimationFrame(() => {
      window.taken.push(performance.now() - began)
    }))
  }, {capture: true})
}
"""
_NUM_DRAWN = """
() => {
  for (const doc of Bokeh.documents) {
    const drawn = doc.get_model_by_name("detections")
    if (drawn) return drawn.view.indices.count
  }
}
"""


def main(quick: bool) -> None:
    """Print the median and the 95th percentile, and how many boxes there were."""
    if chromium() is None:
        print("Score slider: no Chromium found, skipped")
        return
    taken, drawn = measure(20 if quick else 80)
    slow = statistics.quantiles(taken, n=20)[-1]
    print(f"Score slider of the detect page, {drawn[0]} to {drawn[1]} boxes drawn:")
    print(
        f"  key to second frame: median {statistics.median(taken):.1f} ms "
        f"(limit {LIMIT_MS:.0f}), 95th percentile {slow:.1f} ms"
    )


def measure(num_keys: int) -> tuple[list[float], tuple[int, int]]:
    """Return milliseconds of each key, and the fewest and most boxes that were drawn."""
    with tempfile.TemporaryDirectory() as folder:
        # A network that has learned nothing finds something everywhere.
        run = Path(folder) / "20260101-000000-untrained-0001"
        (run / "checkpoints").mkdir(parents=True)
        (run / "config.json").write_text("{}")
        engine = Engine(("object",), "creature", device="cpu", seed=1)
        engine.save(run / "checkpoints" / "epoch-0001.params")
        with one_page("detect", Path(folder)) as page:
            page.get_by_label("Checkpoint", exact=True).select_option(index=1)
            page.get_by_role("button", name="Advanced").click()
            topk = page.get_by_label("Boxes that enter NMS (−1: all)")
            topk.fill(str(NUM_BOXES))
            topk.press("Enter")
            nms = page.get_by_role("slider", name="NMS IoU: lower = fewer boxes")
            nms.focus()
            nms.press("End")  # IoU 1: NMS removes nothing
            handle = page.locator(".bk-Slider .noUi-handle")
            handle.focus()
            handle.press("Home")
            page.wait_for_function(f"({_NUM_DRAWN})() == {NUM_BOXES}")
            page.wait_for_timeout(2000)
            page.evaluate(_WATCH)
            drawn = []
            for number in range(num_keys):
                handle.press("ArrowRight" if number % 2 == 0 else "ArrowLeft")
                page.wait_for_function("count => taken.length > count", arg=number)
                page.wait_for_timeout(150)
                drawn.append(page.evaluate(_NUM_DRAWN))
            taken = page.evaluate("taken")
    return taken, (min(drawn), max(drawn))
