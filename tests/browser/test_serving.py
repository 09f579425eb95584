"""How pages are served: first text, no leaks, one port, one token."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import (
    PATIENCE_S,
    ROOT,
    SIZES,
    Server,
    free_port,
    plain_voila,
    start_server,
    stop_server,
    wait_until_up,
)
from tests.browser.conftest import OpenPage

PAGES = {
    "anchors": "Anchors",
    "train_live": "Train live",
    "detect": "Detect",
    "data": "Your data",
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("size", SIZES)
def test_a_page_becomes_usable_and_fits_the_screen(
    open_page: OpenPage, name: str, size: str
) -> None:
    page = open_page(name, size)
    assert page.locator("h1").inner_text() == PAGES[name]
    assert page.title() == f"{PAGES[name]} · SSD Explorer"
    assert page.locator(".ssdx-plot").count() >= 1
    assert not page.locator("#loading").is_visible()
    for handle in page.locator(".ssdx-page .noUi-handle").all():
        assert handle.get_attribute("aria-label")  # a screen reader names every slider
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= SIZES[size][0]


def test_title_and_intro_are_sent_before_the_kernel_has_run(server: Server) -> None:
    with urllib.request.urlopen(server.address("voila/render/anchors.ipynb")) as answer:
        first = answer.read(60_000).decode(errors="ignore")
    head, rest = first.split('<div id="ssdx-cells">')[0], first
    assert "SSD Explorer" in head
    assert "<h1>Anchors</h1>" in head
    assert "Where the detector looks" in head
    assert "Starting…" in head
    assert "dataset.kernelId = " not in head
    assert rest.startswith("<!DOCTYPE html>")


def test_the_navigation_leads_to_the_other_pages_and_keeps_the_token(open_page: OpenPage) -> None:
    page = open_page("")
    assert page.locator(".ssdx-card h2").all_inner_texts() == list(PAGES.values())
    page.get_by_role("heading", name="Detect", exact=True).click()
    page.wait_for_selector("body.ssdx-ready")
    assert "token=" in page.url
    assert page.locator(".ssdx-nav [aria-current]").inner_text() == "Detect"
    page.locator(".ssdx-nav a", has_text="Anchors").click()
    page.wait_for_selector("body.ssdx-ready")
    assert page.locator("h1").inner_text() == "Anchors"
    page.locator(".ssdx-brand").click()
    page.wait_for_selector(".ssdx-cards")


def test_theme_and_template_in_the_address_change_nothing(open_page: OpenPage) -> None:
    page = open_page("anchors", theme='"><script>window.hurt=1</script>', template="nope")
    assert page.evaluate("window.hurt") is None
    assert page.locator("body").get_attribute("data-jp-theme-name") == "JupyterLab Light"
    assert page.locator("header.ssdx-header").is_visible()


def test_the_end_of_the_session_is_said_and_the_page_can_be_reloaded(
    open_page: OpenPage, server: Server
) -> None:
    page = open_page("anchors")
    banner = page.locator("#ssdx-ended")
    assert not banner.is_visible()
    server.shut_down_kernel(page.evaluate("ssdx.kernelId()"))
    banner.wait_for(state="visible", timeout=15_000)
    assert "Training continues in the background" in banner.inner_text()
    banner.get_by_role("button").click()
    page.wait_for_function("document.getElementById('ssdx-ended').hidden")
    page.wait_for_selector("body.ssdx-ready")


def test_a_closed_page_ends_its_kernel(open_page: OpenPage, server: Server) -> None:
    page = open_page("anchors")
    kernel = page.evaluate("ssdx.kernelId()")
    page.goto(server.address())
    page.wait_for_function(
        f"fetch('/api/kernels/{kernel}').then(answer => answer.status == 404)", polling=200
    )


def test_without_the_token_nobody_gets_in(server: Server) -> None:
    for path in ("", "voila/render/anchors.ipynb", "voila/tree"):
        _status, text = server.get(path, token="")
        assert "<h1>Anchors</h1>" not in text
        assert "ssdx-card" not in text
        _status, text = server.get(path, token="wrong")
        assert "<h1>Anchors</h1>" not in text
    assert server.get()[0] == 200


def test_another_host_name_is_refused(server: Server) -> None:
    asked = urllib.request.Request(server.address(), headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(asked)
    refused.value.close()


@pytest.mark.parametrize("path", ["anchors.ipynb", "../voila.json", "../README.md", "x.png"])
def test_no_file_of_the_folder_is_served(server: Server, path: str) -> None:
    assert server.get(f"voila/files/{path}")[0] in (403, 404)


def test_a_taken_port_is_one_sentence_and_exit_code_2(server: Server) -> None:
    command = [sys.executable, "-c", "from explorer.cli import main; main()", "run"]
    done = subprocess.run(
        [*command, "--port", str(server.port)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert " ".join(done.stderr.split()) == (
        f"error: port {server.port} is in use: end the program that uses it, or choose another "
        "with --port"
    )


def test_one_address_is_printed_and_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    port = free_port()
    process = start_server(port, tmp_path, tmp_path / "log", token="abc")
    wait_until_up(port, process)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/?token=abc") as answer:
        assert answer.status == 200
    assert stop_server(process) == 0
    text = (tmp_path / "log").read_text()
    assert text.count("http://") == 1
    assert f"http://127.0.0.1:{port}/?token=abc" in text
    assert "Traceback" not in text


def test_an_unwritable_home_is_no_obstacle(tmp_path: Path) -> None:
    code = (
        "import os; from explorer.serving.writable import find_writable_places as find; find(); "
        "from jupyter_core.paths import jupyter_data_dir; print(jupyter_data_dir())"
    )
    hopeless = {"HOME": "/dev/null/home", "PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=hopeless,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).is_relative_to(tmp_path)


def test_a_plain_voila_opens_a_working_page(browser: Browser, tmp_path: Path) -> None:
    with plain_voila(Path("apps/anchors.ipynb"), tmp_path / "voila.log") as (address, _process):
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("body.ssdx-ready", timeout=PATIENCE_S * 1000)
        assert page.locator("h1").inner_text() == "Anchors"
        assert page.locator(".ssdx-plot").count() >= 1
        # One notebook has no neighbours to go to.
        assert page.get_by_role("navigation").get_by_role("link").all_inner_texts() == ["Anchors"]
        page.close()


def test_a_page_that_cannot_start_says_so(browser: Browser, tmp_path: Path) -> None:
    notebook = nbformat.read(ROOT / "apps" / "anchors.ipynb", as_version=4)
    notebook.cells[1].source = "raise RuntimeError('a secret of the machine')"
    nbformat.write(notebook, tmp_path / "broken.ipynb")
    log = tmp_path / "voila.log"
    with plain_voila(tmp_path / "broken.ipynb", log) as (address, _process):
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("body.ssdx-ready", timeout=PATIENCE_S * 1000)
        assert "could not start" in page.get_by_role("alert").filter(visible=True).inner_text()
        assert not page.locator("#loading").is_visible()
        assert "secret" not in page.content()
        page.close()
    assert "a secret of the machine" in log.read_text()


def test_plain_voila_is_configured_alike() -> None:
    settings = json.loads((ROOT / "voila.json").read_text())
    # A busy machine may bring a page's output later than nbclient waits by itself: 4 s, and then
    # the page would be empty.
    assert settings["NotebookClient"]["iopub_timeout"] >= 60
    configuration = settings["VoilaConfiguration"]
    assert configuration["allow_theme_override"] == "NO"
    assert configuration["allow_template_override"] == "NO"
    assert settings["Voila"]["tornado_settings"]["websocket_max_message_size"] >= 40 * 2**20
    assert settings["MappingKernelManager"]["cull_idle_timeout"] > 0
    assert (ROOT / settings["Voila"]["template_paths"][0] / "index.html.j2").is_file()
