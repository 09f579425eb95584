"""A machine that is busy while a page starts: widgets that come late still come."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from tests.browser.browsing import PATIENCE_S, Server

# Every widget's script takes longer than the two seconds that anywidget waits for it.
LATE = """
const createObjectURL = URL.createObjectURL;
URL.createObjectURL = (blob) => createObjectURL.call(URL, blob.type !== "text/javascript" ? blob
  : new Blob(["await new Promise((done) => setTimeout(done, 3000));\\n", blob], {type: blob.type}));
"""

# ipywidgets looks for a widget every 100 ms, for two seconds. Here its second look comes when the
# widgets have come and the two seconds are over: it believes that there is none.
LOOKS_AGAIN_TOO_LATE = """
const soon = window.setTimeout.bind(window);
window.setTimeout = (then, ms, ...rest) => {
  if (ms !== 100) return soon(then, ms, ...rest);
  const all = setInterval(() => {
    if (!window.jupyterapp?.widgetManager?.restoredStatus) return;
    clearInterval(all);
    soon(then, 2100, ...rest);
  }, 20);
  return 0;
};
"""

# The kernel says what widgets there are after six seconds: ipywidgets waits for four.
ANSWERS_LATE = """
const Quick = window.WebSocket;
window.WebSocket = class extends Quick {
  set onmessage(hear) {
    super.onmessage = (event) => {
      const all = typeof event.data === "string"
        ? event.data : new TextDecoder().decode(event.data);
      setTimeout(() => hear(event), all.includes('"update_states"') ? 6000 : 0);
    };
  }
};
"""


def new_page(browser: Browser, script: str) -> tuple[Page, list[str]]:
    """Return a page in which `script` runs before all others, and a list that its errors go to."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    page.add_init_script(script)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    return page, errors


def test_a_widget_waits_for_its_script(browser: Browser, server: Server) -> None:
    page, errors = new_page(browser, LATE)
    page.goto(server.address("voila/render/detect.ipynb"), wait_until="commit")
    page.wait_for_selector("body.ssdx-ready")
    page.get_by_text("Your pictures…").wait_for()
    page.context.close()
    assert errors == []


def test_widgets_that_come_as_voila_gives_them_up_are_shown(
    browser: Browser, server: Server
) -> None:
    page, errors = new_page(browser, LOOKS_AGAIN_TOO_LATE)
    page.goto(server.address("voila/render/anchors.ipynb"), wait_until="commit")
    page.wait_for_selector("body.ssdx-ready")
    page.context.close()
    assert errors == []


def test_a_kernel_that_answers_late_is_not_asked_for_each_widget(
    browser: Browser, server: Server
) -> None:
    page, errors = new_page(browser, ANSWERS_LATE)
    sent: list[str | bytes] = []
    page.on(
        "websocket", lambda socket: socket.on("framesent", lambda payload: sent.append(payload))
    )
    page.goto(server.address("voila/render/anchors.ipynb"), wait_until="commit")
    page.wait_for_selector("body.ssdx-ready")
    page.context.close()
    texts = [each if isinstance(each, str) else each.decode(errors="replace") for each in sent]
    assert sum('"request_states"' in text for text in texts) == 1
    assert sum('"request_state"' in text for text in texts) == 0
    assert errors == []
