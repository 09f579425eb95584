"""How long a slider of the anchors page takes to repaint, and how much of it is the kernel's.

``python -m benchmarks slider`` presses a key on the size slider and waits for the photograph:
milliseconds from the key's event to the end of the frame in which the figure has drawn its new
boxes, on the browser's own clock. The kernel's share lies between the message that
leaves the browser and the first one that brings new boxes; the server is in it.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from benchmarks.one_page import one_page

LIMITS_MS = (60.0, 120.0)
"""Median and 95th percentile, with one layer's anchors shown, on 2 cores."""

PAUSE_MS = 400
"""Between two keys: longer than all that one sets off, so that each is measured alone."""

_WATCH_SOCKET = """
window.sent = 0
const Native = window.WebSocket
window.WebSocket = class extends Native {
  send(data) {
    if (!window.sent && window.pressed) window.sent = performance.now()
    super.send(data)
  }
}
"""

_WATCH_FIGURE = """() => {
  window.repaints = []
  window.pressed = 0
  for (const root of Bokeh.index.roots) {
    const anchors = root.model.select_one("anchors")
    if (anchors === null) continue
    const plots = [...root.model.references()].map((model) => Bokeh.index.find_one(model))
    const plot = plots.find((view) => view !== null && "_render_count" in view)
    const source = anchors.data_source
    source.connect(source.properties.data.change, () => {
      if (!window.pressed) return
      const [pressed, sent, arrived] = [window.pressed, window.sent, performance.now()]
      const before = plot._render_count
      window.pressed = window.sent = 0
      const look = () => {
        if (plot._render_count === before) { requestAnimationFrame(look); return }
        // A message comes after the frame has left the page.
        const channel = new MessageChannel()
        channel.port1.onmessage = () => {
          window.repaints.push([performance.now() - pressed, arrived - sent])
        }
        channel.port2.postMessage(0)
      }
      requestAnimationFrame(look)
    })
  }
  addEventListener("keydown", () => {
    window.sent = 0
    window.pressed = performance.now()
  }, {capture: true})
}"""


@dataclass(frozen=True)
class Repaint:
    """Milliseconds of all keys."""

    total_ms: tuple[float, ...]
    kernel_ms: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        """Half of the keys were quicker."""
        return statistics.median(self.total_ms)

    @property
    def slow_ms(self) -> float:
        """The 95th percentile."""
        return statistics.quantiles(self.total_ms, n=20)[-1]


def measure_slider(shown: str, num_keys: int = 60) -> Repaint:
    """Press keys on the first size's slider with `shown` drawn ("One cell", "Whole map")."""
    with one_page("anchors", init_script=_WATCH_SOCKET) as page:
        page.get_by_role("button", name=shown, exact=True).click()
        page.get_by_text("equal to MXNet's operator ✓").wait_for()
        page.evaluate(_WATCH_FIGURE)
        handle = page.get_by_label("Size 1", exact=True).first
        handle.focus()
        for number in range(num_keys):
            page.keyboard.press("ArrowRight" if number % 2 else "ArrowLeft")
            page.wait_for_timeout(PAUSE_MS)
            # Only then: what waits in the page looks at every frame, and so delays them.
            page.wait_for_function("count => repaints.length > count", arg=number)
        repaints = page.evaluate("repaints")
    return Repaint(tuple(total for total, _k in repaints), tuple(kernel for _t, kernel in repaints))


def main(quick: bool = False) -> None:
    """Print the figures and their limits; `quick` presses fewer keys."""
    print("From a key on a slider of the anchors page to the frame that shows it:")
    print(f"{'drawn':<24}{'median':>10}{'95 %':>10}{'kernel':>10}")
    for shown, label in (("One cell", "one cell"), ("Whole map", "one layer, 4,096 boxes")):
        repaint = measure_slider(shown, 20 if quick else 60)
        kernel = statistics.median(repaint.kernel_ms)
        print(f"{label:<24}{repaint.median_ms:>7.0f} ms{repaint.slow_ms:>7.0f} ms{kernel:>7.0f} ms")
    print(f"{'limits, one layer':<24}{LIMITS_MS[0]:>7.0f} ms{LIMITS_MS[1]:>7.0f} ms")


if __name__ == "__main__":
    main()
