"""Detections that a browser saves."""

from __future__ import annotations

import io
import json
from pathlib import Path

import nbformat
import numpy as np
from PIL import Image
from playwright.sync_api import Browser

from tests.browser.browsing import ARTIFACTS, PATIENCE_S, ROOT, plain_voila

NAME = '<img src=x onerror="alert(1)">.png'
CODE = f"""
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from explorer.exchange.detected_image import DetectedImage
from explorer.pages.detect.takeaway.takeaway import Takeaway
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import section
from explorer.pages.detect.loaded_detector import LoadedDetector
from explorer.pages.detect.takeaway.panel import TakeawayPanel
from explorer.pages.shared.page.theme import image_figure

noise = np.random.default_rng(0).integers(0, 256, (1200, 1000, 3), np.uint8)
one = np.zeros(1, np.int32)
found = DetectedImage(
    {NAME!r}, noise.shape[:2], one, np.float32([0.5]), np.float64([[100, 200, 300, 400]]), one, one
)
shown = [None, Takeaway(noise, found, ("cat",))]
detector = LoadedDetector(ThreadPoolExecutor(1))
panel = TakeawayPanel(detector, lambda: shown.pop(0) if len(shown) > 1 else shown[0])
page = Page()
page.show(main=[page.plot(image_figure(8, 8))], controls=[section("Take it away", panel.widget)])
"""


def test_files_are_saved_and_nothing_is_asked_of_the_network(
    browser: Browser, tmp_path: Path
) -> None:
    notebook = nbformat.read(ROOT / "apps" / "anchors.ipynb", as_version=4)
    notebook.cells[1].source = CODE
    nbformat.write(notebook, tmp_path / "panel.ipynb")
    with plain_voila(tmp_path / "panel.ipynb", tmp_path / "voila.log") as (address, _process):
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_S * 1000)
        page.goto(address)
        page.wait_for_selector("body.ssdx-ready")
        table = page.get_by_role("button", name="Table (CSV)")
        table.click()
        page.get_by_role("alert").filter(has_text="choose a picture").wait_for()
        asked: list[str] = []
        page.on("request", lambda sent: asked.append(sent.url))
        saved: dict[str, bytes] = {}
        for name in ("Table (CSV)", "COCO results (JSON)", "Picture with boxes (PNG)"):
            with page.expect_download() as download:
                page.get_by_role("button", name=name).click()
            saved[download.value.suggested_filename] = download.value.path().read_bytes()
        assert table.is_enabled()
        assert page.get_by_role("alert").filter(visible=True).count() == 0  # it went with success
        ARTIFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTIFACTS / "takeaway.png")
        page.close()
    assert {url.partition(":")[0] for url in asked} <= {"blob"}
    stem = "_img src_x onerror_alert(1)_-detections"
    assert list(saved) == [f"{stem}.csv", f"{stem}-coco.json", f"{stem}.png"]
    csv, coco, png = saved.values()
    assert csv.decode().splitlines()[1].endswith(',"cat",0.5,100.0,200.0,300.0,400.0,0,0')
    assert json.loads(coco)[0]["bbox"] == [100.0, 200.0, 200.0, 200.0]
    assert len(png) > 3_000_000  # more than a browser takes as an address
    with Image.open(io.BytesIO(png)) as drawn:
        pixels = np.asarray(drawn)
    assert pixels.shape == (1200, 1000, 3)
    assert tuple(pixels[300, 100]) == (0xD5, 0x5E, 0x00)
