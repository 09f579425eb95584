from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from explorer.data_folders import data_root
from explorer.images import MAX_FILE_MB, read_image
from tests.browser.detect_page import DetectPage, Found, Opened

PROBLEMS = ".ssdx-upload-problems li"
DROP = """
([kind, files]) => {
  const carried = new DataTransfer()
  for (const [name, content] of files)
    carried.items.add(new File([Uint8Array.from(content)], name))
  const target = document.querySelector("h1")
  const options = {bubbles: true, cancelable: true}
  if (kind === "paste")
    target.dispatchEvent(new ClipboardEvent("paste", {...options, clipboardData: carried}))
  else
    for (const phase of ["dragover", "drop"])
      target.dispatchEvent(new DragEvent(phase, {...options, dataTransfer: carried}))
}
"""


@pytest.fixture(scope="module")
def photograph() -> Image.Image:
    image = Image.open(sorted((data_root() / "backgrounds").glob("*.jpg"))[3])
    return image.convert("RGB").resize((160, 160)).crop((0, 20, 160, 120))


def save(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, **options)
    return path


@pytest.fixture
def kinds(photograph: Image.Image, tmp_path: Path) -> list[Path]:
    """A file of each kind that is promised to work."""
    upside_down = Image.Exif()
    upside_down[0x0112] = 6
    grey16 = Image.fromarray(np.asarray(photograph.convert("L")).astype(np.uint16) * 257)
    clear = photograph.copy()
    clear.putalpha(photograph.convert("L"))
    other = photograph.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return [
        save(photograph, tmp_path / "turned.jpg", exif=upside_down),
        save(photograph.convert("CMYK"), tmp_path / "print.JPEG"),
        save(photograph.convert("L"), tmp_path / "grey.jpg"),
        save(clear, tmp_path / "see through.png"),
        save(grey16, tmp_path / "deep.png"),
        save(photograph, tmp_path / "moving.png", save_all=True, append_images=[other]),
        save(photograph, tmp_path / "web.webp"),
        save(photograph, tmp_path / "old.bmp"),
        save(photograph, tmp_path / "móvil 日本.gif", save_all=True, append_images=[other]),
    ]


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [b"\x89PNG\r\n\x1a\n"]
    for name, content in ((b"IHDR", header), *chunks, (b"IEND", b"")):
        check = zlib.crc32(name + content)
        parts += [struct.pack(">I", len(content)), name, content, struct.pack(">I", check)]
    return b"".join(parts)


def packed(image: Image.Image, kind: str) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def hostile(photograph: Image.Image) -> dict[str, bytes]:
    """Files that are no pictures, or that a careless reader would choke on."""
    jpeg, good = packed(photograph, "JPEG"), packed(photograph, "PNG")
    script = b"<script>window.hacked = 1</script>"
    return {
        "empty.png": b"",
        "one byte.jpg": b"\xff",
        "<img src=x onerror=window.hacked=1>.png": script,
        "vector.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="window.hacked=1"/>',
        "page.jpg": b"<!doctype html>" + script,
        "../../up.png": b"../../etc/passwd",
        "archive.png": b"PK\x03\x04" + bytes(100),
        "paper.webp": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
        "program.bmp": b"MZ" + bytes(200),
        "half.jpg": jpeg[: len(jpeg) // 2],
        "head.jpg": jpeg[:30],
        "half.png": good[: len(good) // 2],
        "flipped.png": good[:60] + bytes([good[60] ^ 255]) + good[61:],
        "no data.png": png(64, 64),
        "bomb.png": png(20_000, 20_000, (b"IDAT", zlib.compress(bytes(10_000)))),
        "bomb.bmp": b"BM"
        + struct.pack("<IHHIIiiHHII", 0, 0, 0, 54, 40, 30_000, 30_000, 1, 24, 0, 0),
        "nothing.gif": b"GIF89a" + bytes(7),
        "half.webp": packed(photograph, "WEBP")[:40],
        "other.tiff": packed(photograph, "TIFF"),
        "noise.png": np.random.default_rng(1).bytes(5000),
        "zero wide.png": png(0, 10),
    }


def chosen(page: DetectPage) -> str | None:
    return page.page.locator(".ssdx-thumb.ssdx-chosen").get_attribute("title")


def test_several_files_at_once_of_every_kind(
    open_detect: Opened, found: Found, kinds: list[Path]
) -> None:
    page = open_detect()
    page.upload(*kinds)
    expect(page.caption).to_contain_text(kinds[-1].name)
    expect(page.page.locator(PROBLEMS)).to_have_count(0)
    expect(page.page.get_by_label("Pictures of")).to_have_value("your own")
    assert chosen(page) == kinds[-1].name
    for path in kinds:  # after the last comes the first
        page.page.get_by_title("Next picture").click()
        image = read_image(path)
        height, width = image.shape[:2]
        expect(page.caption).to_have_text(f"{path.name}{width} × {height} px")
        page.wait_for(found(image))
        assert chosen(page) == path.name
    assert read_image(kinds[0]).shape[0] > read_image(kinds[0]).shape[1]  # it was turned


def test_what_is_no_picture_is_said_and_nothing_else_happens(
    open_detect: Opened, found: Found, sample: np.ndarray, photograph: Image.Image, tmp_path: Path
) -> None:
    page = open_detect()
    files = hostile(photograph)
    assert len(files) > 20
    page.page.evaluate(DROP, ["drop", [[name, list(content)] for name, content in files.items()]])
    problems = page.page.locator(PROBLEMS)
    expect(problems).to_have_count(len(files))
    for name, text in zip(files, problems.all_inner_texts(), strict=True):
        shown = name.replace("/", ":")  # so Chromium names files
        assert text.startswith((name, shown)), text
    said = " ".join(problems.all_inner_texts())
    assert "bomb.png is 20000×20000 px, the limit is 50 megapixels." in said
    assert "empty.png is empty." in said
    assert page.page.evaluate("window.hacked") is None
    expect(page.caption).to_contain_text("sample · val 1")
    assert page.anchors() == found(sample).anchor.tolist()

    good = save(photograph, tmp_path / "good.png")
    page.upload(good)
    expect(problems).to_have_count(0)
    expect(page.caption).to_contain_text("good.png")


def test_a_file_that_is_too_large_is_never_sent(open_detect: Opened, tmp_path: Path) -> None:
    page = open_detect()
    page.page.evaluate(
        "() => { window.sent = 0; const send = WebSocket.prototype.send;"
        "WebSocket.prototype.send = function (data) {"
        "  window.sent += data.byteLength ?? data.length; return send.call(this, data) } }"
    )
    large = tmp_path / "large.png"
    with large.open("wb") as stream:
        stream.truncate((MAX_FILE_MB + 14) * 2**20)
    page.upload(large)
    expect(page.page.locator(PROBLEMS)).to_have_text(
        f"large.png has 34 MB, the limit is {MAX_FILE_MB} MB: please make it smaller."
    )
    expect(page.caption).to_contain_text("sample · val 1")
    assert page.page.evaluate("window.sent") < 100_000


def test_dropped_and_pasted(open_detect: Opened, found: Found, photograph: Image.Image) -> None:
    page = open_detect()
    for kind in ("drop", "paste"):
        turned = photograph.rotate(90 if kind == "drop" else 180, expand=True)
        page.page.evaluate(DROP, [kind, [[f"{kind}.png", list(packed(turned, "PNG"))]]])
        expect(page.caption).to_contain_text(f"{kind}.png")
        page.wait_for(found(np.asarray(turned)))
        expect(page.page.locator(".ssdx-dropzone")).to_be_hidden()


def test_a_picture_from_the_camera(open_detect: Opened) -> None:
    page = open_detect()
    camera = page.page.get_by_role("button", name="Camera", exact=True)
    camera.click()  # nobody may use it yet
    expect(page.page.locator(PROBLEMS)).to_contain_text("The camera cannot be used")
    page.page.context.grant_permissions(["camera"])
    camera.click()
    video = page.page.locator("dialog video")
    video.evaluate(
        "video => new Promise(seen => video.videoWidth ? seen() : (video.onplaying = seen))"
    )
    page.page.get_by_role("button", name="Cancel").click()
    expect(video).to_have_count(0)
    expect(page.caption).to_contain_text("sample · val 1")

    camera.click()
    video.evaluate(
        "video => new Promise(seen => video.videoWidth ? seen() : (video.onplaying = seen))"
    )
    width, height = video.evaluate("video => [video.videoWidth, video.videoHeight]")
    page.page.get_by_role("button", name="Take the picture").click()
    expect(page.caption).to_contain_text("Camera")
    expect(page.caption).to_contain_text(f"{width} × {height} px")
    expect(page.page.locator(PROBLEMS)).to_have_count(0)
