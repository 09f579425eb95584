"""A machine that is busy while a page starts: widgets that come late still come."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.browser.browsing import Server

# Every widget's script takes longer than the two seconds that anywidget waits for it.
LATE = """
const createObjectURL = URL.createObjectURL;
URL.createObjectURL = (blob) => createObjectURL.call(URL, blob.type !== "text/javascript" ? blob
  : new Blob(["await new Promise((done) => setTimeout(done, 3000));\\n", blob], {type: blob.type}));
"""


def test_a_widget_waits_for_its_script(browser: Browser, server: Server) -> None:
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(LATE)
    page.goto(server.address("voila/render/detect.ipynb"), wait_until="commit")
    page.wait_for_selector("body.ssdx-ready")
    page.get_by_text("Your pictures…").wait_for()
    assert errors == []
    page.context.close()
