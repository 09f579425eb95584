"""The same notebooks in JupyterLab, where neither our server nor our template is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.browsing import (
    ARTIFACTS,
    PATIENCE_S,
    ROOT,
    SIZES,
    free_port,
    stop_server,
    wait_until_up,
)

NOTEBOOKS = {
    "anchors": "equal to MXNet's operator ✓",
    "train_live": "Class loss",
    "detect": "Draw an object",
    "data": "nothing is wrong",
}
"""Each notebook, and a text of its page."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab with copies of the notebooks, which it saves by itself."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "apps", folder / "apps")
    port = free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SSD_EXPLORER_RUNS": str(folder / "runs"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=", "--ServerApp.password=",
    ]  # fmt: skip
    with (ARTIFACTS / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_until_up(port, process)
        yield f"http://127.0.0.1:{port}/lab/tree/apps/"
    finally:
        stop_server(process)


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_page_is_there_after_its_cell_was_run(lab: str, browser: Browser, name: str) -> None:
    width, height = SIZES["desktop"]
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(PATIENCE_S * 1000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{lab}{name}.ipynb?reset")
    expect(page.get_by_text("| Idle")).to_be_visible()  # the kernel has started
    cell = page.locator(".jp-Notebook .jp-CodeCell")
    cell.click()
    page.keyboard.press("Shift+Enter")
    shown = page.locator(".ssdx-page")
    expect(shown).to_be_visible()
    expect(shown.get_by_text(NOTEBOOKS[name]).first).to_be_visible()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.ssdx-plot')].some((plot) => {"
        "  const roots = [plot, ...plot.querySelectorAll('*')].filter((e) => e.shadowRoot);"
        "  return roots.length > 0"
        "})"
    )
    page.screenshot(path=ARTIFACTS / f"lab-{name}.png")
    page.close()
    assert errors == []
