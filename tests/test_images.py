"""One path from a user's file to RGB pixels: golden results for every kind of file."""

from __future__ import annotations

import io
import random
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.images import MAX_FILE_MB, open_image, orientation_of, read_header, read_image, resize

NOT_READABLE = "is not a readable image (JPEG, PNG, WebP, BMP or GIF)."
DAMAGED = "is damaged or cut off; please choose another image."

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
UPRIGHT = np.array([[RED, GREEN, GREEN], [BLUE, YELLOW, YELLOW]], np.uint8)
"""Every turn and mirror of it looks different."""
LARGE = np.kron(UPRIGHT, np.ones((16, 16, 1), np.uint8))
NOISE = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)


def encoded(image: Image.Image | np.ndarray, format_: str, **options: Any) -> bytes:
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    stream = io.BytesIO()
    image.save(stream, format_, **options)
    return stream.getvalue()


def png(header: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Build a PNG by hand, for what Pillow does not write."""
    parts = [b"\x89PNG\r\n\x1a\n"]
    for name, data in ((b"IHDR", header), *chunks, (b"IEND", b"")):
        check = zlib.crc32(name + data)
        parts += [struct.pack(">I", len(data)), name, data, struct.pack(">I", check)]
    return b"".join(parts)


def refusal(content: bytes | Path, name: str = "photo") -> str:
    with pytest.raises(ValueError, match=re.escape(name)) as caught:
        read_image(content, name)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


# What can be read.


@pytest.mark.parametrize(
    ("format_", "options"),
    [("PNG", {}), ("BMP", {}), ("WEBP", {"lossless": True}), ("GIF", {})],
)
def test_lossless_formats_give_the_exact_pixels(format_: str, options: dict[str, Any]) -> None:
    pixels = read_image(encoded(LARGE, format_, **options))
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, LARGE)


@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg(progressive: bool) -> None:
    content = encoded(LARGE, "JPEG", quality=98, subsampling=0, progressive=progressive)
    assert np.abs(read_image(content).astype(int) - LARGE).max() < 12


ORIENTED = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, 1),
    7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
    8: lambda p: np.rot90(p, -1),
}
"""How a camera stores an upright picture under each EXIF orientation."""


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_every_exif_orientation_ends_upright(orientation: int, format_: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"JPEG": {"quality": 98, "subsampling": 0}, "WEBP": {"lossless": True}}
    stored = np.ascontiguousarray(ORIENTED[orientation](LARGE))
    pixels = read_image(encoded(stored, format_, exif=exif, **options.get(format_, {})))
    assert pixels.shape == LARGE.shape
    assert np.abs(pixels.astype(int) - LARGE).max() < 12


def test_a_damaged_exif_leaves_the_image_as_it_is_stored() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(LARGE, "PNG", exif=exif)
    start = content.index(b"eXIf")
    length = struct.unpack(">I", content[start - 4 : start])[0]
    broken = content[:start] + b"eXIf" + b"?" * length
    broken += struct.pack(">I", zlib.crc32(broken[start:])) + content[start + 8 + length :]
    np.testing.assert_array_equal(read_image(broken), LARGE)


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
def test_transparency_is_laid_on_white(format_: str) -> None:
    rgba = np.zeros((8, 8, 4), np.uint8)
    rgba[:, :4] = (200, 100, 0, 255)
    rgba[:, 4:6] = (200, 100, 0, 128)
    rgba[:, 6:] = (200, 100, 0, 0)
    options = {"lossless": True, "exact": True} if format_ == "WEBP" else {}
    pixels = read_image(encoded(rgba, format_, **options)).astype(int)
    np.testing.assert_array_equal(pixels[:, :4], np.broadcast_to((200, 100, 0), (8, 4, 3)))
    # 128/255 of the colour and 127/255 of white.
    half = np.abs(pixels[:, 4:6] - (227, 177, 127))
    assert half.max() <= 1
    assert (pixels[:, 6:] == 255).all()


def test_grey_with_alpha() -> None:
    content = encoded(np.array([[[40, 255], [40, 0]]], np.uint8), "PNG")
    np.testing.assert_array_equal(read_image(content), [[[40] * 3, [255] * 3]])


@pytest.mark.parametrize("format_", ["PNG", "GIF"])
def test_a_palette_with_a_transparent_colour(format_: str) -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([*RED, *GREEN, *BLUE])
    image.putdata([0, 1, 2])
    pixels = read_image(encoded(image, format_, transparency=1))
    np.testing.assert_array_equal(pixels, [[RED, (255, 255, 255), BLUE]])


def test_a_palette_with_half_transparent_colours() -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([*RED, *GREEN, *BLUE])
    image.putdata([0, 1, 2])
    pixels = read_image(encoded(image, "PNG", transparency=bytes([255, 0, 128])))
    np.testing.assert_allclose(pixels, [[RED, (255, 255, 255), (127, 127, 255)]], atol=1)


def test_one_transparent_colour_of_an_rgb_image() -> None:
    content = encoded(np.array([[RED, GREEN]], np.uint8), "PNG", transparency=GREEN)
    np.testing.assert_array_equal(read_image(content), [[RED, (255, 255, 255)]])


def test_grey_is_repeated_three_times() -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    expected = np.repeat(grey[..., None], 3, axis=2)
    for format_ in ("PNG", "BMP"):
        np.testing.assert_array_equal(read_image(encoded(grey, format_)), expected)


def test_black_and_white() -> None:
    bits = Image.fromarray(np.array([[0, 255, 0, 255]], np.uint8)).convert("1")
    expected = np.repeat([[[0], [255], [0], [255]]], 3, axis=2)
    np.testing.assert_array_equal(read_image(encoded(bits, "PNG")), expected)


def test_16_bit_grey_is_scaled_to_8() -> None:
    grey = np.array([[0, 128, 257, 257 * 100, 65407, 65535]], np.uint16)
    pixels = read_image(encoded(grey, "PNG"))
    np.testing.assert_array_equal(pixels[0, :, 0], [0, 0, 1, 100, 255, 255])
    assert (pixels == pixels[..., :1]).all()


def test_16_bit_rgb_is_scaled_to_8() -> None:
    values = np.array([[0, 257 * 100, 65535], [257 * 7, 65535, 0]], ">u2")
    row = b"\x00" + values.tobytes()
    content = png(struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0), (b"IDAT", zlib.compress(row)))
    np.testing.assert_array_equal(read_image(content), [[(0, 100, 255), (7, 255, 0)]])


def test_cmyk_jpeg() -> None:
    # No ink is white, cyan ink takes the red away, black ink takes everything away.
    inks = np.zeros((16, 48, 4), np.uint8)
    inks[:, 16:32, 0] = 255
    inks[:, 32:, 3] = 255
    pixels = read_image(encoded(Image.fromarray(inks, "CMYK"), "JPEG", quality=98)).astype(int)
    for column, colour in ((8, (255, 255, 255)), (24, (0, 255, 255)), (40, (0, 0, 0))):
        assert np.abs(pixels[8, column] - colour).max() < 6


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG"])
def test_the_first_frame_of_an_animation(format_: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, GREEN, BLUE)]
    options = {"lossless": True} if format_ == "WEBP" else {}
    content = encoded(
        frames[0], format_, save_all=True, append_images=frames[1:], duration=100, **options
    )
    with Image.open(io.BytesIO(content)) as image:
        assert image.n_frames == 3
    np.testing.assert_array_equal(read_image(content), np.full((16, 16, 3), RED))


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 300, 3), (300, 1, 3)])
def test_thin_images(shape: tuple[int, ...]) -> None:
    assert read_image(encoded(np.full(shape, 7, np.uint8), "PNG")).shape == shape


def test_a_path_bytes_and_a_memoryview_give_the_same(tmp_path: Path) -> None:
    content = encoded(NOISE, "PNG")
    (tmp_path / "a.png").write_bytes(content)
    for source in (tmp_path / "a.png", content, memoryview(content)):
        np.testing.assert_array_equal(read_image(source), NOISE)


def test_the_name_of_a_file_does_not_decide_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "really-a-png.jpg"
    path.write_bytes(encoded(NOISE, "PNG"))
    np.testing.assert_array_equal(read_image(path), NOISE)


# What is refused, in one sentence.


def test_a_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "missing.png"
    assert refusal(path, str(path)) == f"{path} cannot be read: No such file or directory."


def test_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path, str(tmp_path)) == f"{tmp_path} cannot be read: Is a directory."


def test_an_empty_file(tmp_path: Path) -> None:
    assert refusal(b"") == "photo is empty."
    (tmp_path / "a.png").touch()
    assert refusal(tmp_path / "a.png", "a.png") == "a.png is empty."


def test_bytes_without_a_name_are_called_the_file() -> None:
    with pytest.raises(ValueError, match=r"^The file is empty\.$"):
        read_image(b"")


@pytest.mark.parametrize(
    "content",
    [
        b"just some text, not an image",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script/></svg>',
        b"%PDF-1.7\n",
        b"P6\n2 2\n255\n" + bytes(12),  # Pillow could, but it is not one of ours
        b"\x00" * 1000,
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
    ],
    ids=["text", "svg", "pdf", "ppm", "zeros", "png-signature", "jpeg-signature"],
)
def test_what_is_no_image(content: bytes) -> None:
    assert refusal(content) == f"photo {NOT_READABLE}"


def test_tiff_is_not_one_of_ours() -> None:
    assert refusal(encoded(NOISE, "TIFF")) == f"photo {NOT_READABLE}"


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "BMP"])
def test_half_an_image(format_: str) -> None:
    content = encoded(NOISE, format_)
    assert refusal(content[: len(content) // 2]) in (f"photo {DAMAGED}", f"photo {NOT_READABLE}")


@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
def test_a_large_image_that_is_cut_off_near_its_end(format_: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3), np.uint8)
    content = encoded(noise, format_)
    assert refusal(content[: len(content) * 9 // 10]) == f"photo {DAMAGED}"


def test_a_file_over_the_limit(tmp_path: Path) -> None:
    sentence = f"photo is larger than {MAX_FILE_MB} MB; please make it smaller."
    assert refusal(bytes(MAX_FILE_MB * 2**20 + 1)) == sentence
    path = tmp_path / "large.png"
    with path.open("wb") as stream:
        stream.truncate(10 * MAX_FILE_MB * 2**20)  # sparse: takes no room
    assert refusal(path) == sentence


def test_a_file_at_the_limit_is_looked_at() -> None:
    content = encoded(NOISE, "BMP")
    padded = content + bytes(MAX_FILE_MB * 2**20 - len(content))
    np.testing.assert_array_equal(read_image(padded), NOISE)


def bomb(side_px: int) -> bytes:
    """Return a black PNG, one bit a pixel, which the file's few bytes unpack to."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (side_px + 7) // 8)
    packed = b"".join(packer.compress(row) for _ in range(side_px)) + packer.flush()
    return png(struct.pack(">IIBBBBB", side_px, side_px, 1, 0, 0, 0, 0), (b"IDAT", packed))


@pytest.mark.parametrize("read", ["read_image", "read_header"])
def test_a_decompression_bomb_is_refused_from_its_header(read: str, tmp_path: Path) -> None:
    content = bomb(20_000)
    assert len(content) < 60_000
    (tmp_path / "bomb.png").write_bytes(content)
    script = """
import sys
from pathlib import Path
from explorer import images
from tests.memory import peak_kb
before = peak_kb()
try:
    getattr(images, sys.argv[2])(Path(sys.argv[1]))
except ValueError as error:
    sys.stdout.write(f"{peak_kb() - before}|{error}")
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "bomb.png"), read],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
        cwd=Path(__file__).parents[1],
    )
    kilobytes, message = done.stdout.split("|")
    assert message == "bomb.png is 20000×20000 px, the limit is 50 megapixels."
    assert int(kilobytes) < 10_000  # its pixels would take 400 MB


@pytest.mark.parametrize("mode", ["RGBA", "I;16"])
def test_the_largest_image_is_read_in_half_a_gigabyte(mode: str, tmp_path: Path) -> None:
    Image.new(mode, (7071, 7071)).save(tmp_path / "large.png")
    script = """
import sys
from pathlib import Path
from explorer.images import read_image
from tests.memory import peak_kb
assert read_image(Path(sys.argv[1])).shape == (7071, 7071, 3)
sys.stdout.write(str(peak_kb() // 1024))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "large.png")],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    assert int(done.stdout) < 600  # 350 of it are the image, packed and unpacked


@pytest.mark.parametrize("strip", [1, 100, 4_000_000])
def test_strips_make_no_difference(strip: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.images._STRIP_PIXELS", strip)
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(Image.fromarray(NOISE).convert("RGBA"), "PNG", exif=exif)
    np.testing.assert_array_equal(read_image(content), np.rot90(NOISE, -1))


def sized(format_: str, width: int, height: int) -> bytes:
    """Return a file whose header says a size that its few pixels do not have."""
    content = bytearray(encoded(NOISE, format_))
    match format_:
        case "PNG":
            return png(struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), (b"IDAT", b""))
        case "BMP":
            struct.pack_into("<ii", content, 18, width, height)
        case "GIF":
            struct.pack_into("<HH", content, 6, width, height)
        case "JPEG":
            struct.pack_into(">HH", content, content.index(b"\xff\xc0") + 5, height, width)
        case "WEBP":
            sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
            frame = bytes(6) + b"\1\0\0\1\0\0" + bytes(4) + content[12:]
            extended = b"VP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + sides
            moving = b"ANIM" + struct.pack("<I", 6) + bytes(6)
            moving += b"ANMF" + struct.pack("<I", len(frame)) + frame
            body = b"WEBP" + extended + moving
            return b"RIFF" + struct.pack("<I", len(body)) + body
    return bytes(content)


@pytest.mark.parametrize(
    ("format_", "width", "height"),
    [
        ("PNG", 2**31, 1),
        ("PNG", 2**32 - 1, 2**32 - 1),
        ("BMP", 2**31 - 1, 1),
        ("GIF", 65_535, 65_535),
        ("JPEG", 65_500, 65_500),
        ("WEBP", 65_535, 65_535),
    ],
)
def test_a_size_is_judged_before_anything_else(format_: str, width: int, height: int) -> None:
    content = sized(format_, width, height)
    for read in (read_image, read_header, open_image):
        with pytest.raises(ValueError, match=f"^photo is {width}×{height} px, the limit is 50 meg"):
            read(content, "photo")


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_orientation_is_known_before_a_pixel_is_unpacked(orientation: int, late: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    chunk = (b"eXIf", exif.tobytes()[6:])
    size = struct.pack(">IIBBBBB", 2, 1, 8, 0, 0, 0, 0)
    pixels = (b"IDAT", zlib.compress(b"\0\x00\xff"))
    content = png(size, *((pixels, chunk) if late else (chunk, pixels)))
    damaged = png(size, *(((b"IDAT", b"?"), chunk) if late else (chunk, (b"IDAT", b"?"))))
    expected = (1, 2) if orientation >= 5 else (2, 1)
    for header in (read_header(content), read_header(damaged)):
        assert (header.turned, header.size_px) == (orientation != 1, expected)
    with open_image(content, "photo") as image:
        assert orientation_of(image) == orientation
    assert read_image(content).shape[1::-1] == expected
    mirrored = orientation in (2, 3, 7, 8)
    assert read_image(content)[0, 0, 0] == (255 if mirrored else 0)


def test_pillows_own_limit_is_left_as_it_was() -> None:
    limit = Image.MAX_IMAGE_PIXELS
    refusal(bomb(10_000))
    assert limit == Image.MAX_IMAGE_PIXELS
    assert limit is not None


def test_an_image_of_exactly_fifty_megapixels_passes_the_limit() -> None:
    # The header passes; the missing pixels are then what is wrong.
    def header(height: int) -> bytes:
        return png(
            struct.pack(">IIBBBBB", 10_000, height, 1, 0, 0, 0, 0),
            (b"IDAT", zlib.compress(b"\x00")),
        )

    assert refusal(header(5000)) == f"photo {DAMAGED}"
    assert refusal(header(5001)) == "photo is 10000×5001 px, the limit is 50 megapixels."


def damaged_copies(content: bytes, chance: random.Random) -> Iterator[bytes]:
    for _ in range(60):
        copy = bytearray(content)
        for _ in range(chance.choice((1, 1, 3))):
            place = chance.randrange(min(len(copy), chance.choice((40, 120, 10**9))))
            if chance.random() < 0.7:
                copy[place] = chance.choice((0, 255, chance.randrange(256)))
            elif chance.random() < 0.5:
                del copy[place + 1 :]
            else:
                copy[place : place + 1] = chance.randbytes(chance.randrange(1, 4))
        yield bytes(copy)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of EXIF and APNG that it skips
def test_no_damage_does_anything_but_one_sentence() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    frames = {"save_all": True, "append_images": [Image.fromarray(NOISE[::-1])]}
    palette = Image.fromarray(NOISE).quantize(8)
    originals = [
        encoded(NOISE, "JPEG", exif=exif),
        encoded(NOISE, "JPEG", progressive=True),
        encoded(NOISE, "PNG", exif=exif),
        encoded(NOISE, "PNG", **frames),
        encoded(palette, "PNG", transparency=2),
        encoded(NOISE[..., 0].astype(np.uint16) * 257, "PNG"),
        encoded(NOISE, "GIF", **frames),
        encoded(NOISE, "WEBP", exif=exif, **frames),
        encoded(NOISE, "BMP"),
        encoded(palette, "BMP"),
    ]
    chance = random.Random(0)
    shapes, messages = [], []
    for original in originals:
        for copy in damaged_copies(original, chance):
            try:
                shapes.append(read_image(copy, "photo").shape)
            except ValueError as error:
                messages.append(str(error))
    assert min(len(shapes), len(messages)) > 50
    assert all(len(shape) == 3 and shape[2] == 3 and min(shape) > 0 for shape in shapes)
    one_of_ours = re.compile(
        r"photo (is damaged or cut off; please choose another image"
        r"|is not a readable image \(JPEG, PNG, WebP, BMP or GIF\)"
        r"|is \d+×\d+ px, the limit is 50 megapixels)\."
    )
    assert [message for message in messages if not one_of_ours.fullmatch(message)] == []


# Resizing.


def test_a_large_jpeg_is_unpacked_smaller_where_that_will_do() -> None:
    coarse = np.random.default_rng(0).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    large = Image.fromarray(coarse).resize((1600, 1200), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(large, "JPEG", exif=exif)
    shapes = [read_image(content, "x", side).shape for side in (1200, 600, 320, 1)]
    assert shapes == [(1600, 1200, 3), (800, 600, 3), (800, 600, 3), (200, 150, 3)]
    # The same picture, whatever its size.
    small, whole = read_image(content, "x", 150), resize(read_image(content, "x"), 150, 200)
    assert np.abs(small.astype(int) - whole).mean() < 3
    assert read_image(encoded(large, "PNG"), "x", 100).shape == (1200, 1600, 3)


def test_resize_to_the_same_size_changes_nothing() -> None:
    np.testing.assert_array_equal(resize(NOISE, 30, 20), NOISE)


@pytest.mark.parametrize(("width_px", "height_px"), [(15, 10), (30, 10), (10, 20), (1, 1)])
def test_shrinking_averages(width_px: int, height_px: int) -> None:
    blocks = NOISE.reshape(height_px, 20 // height_px, width_px, 30 // width_px, 3)
    expected = blocks.astype(float).mean(axis=(1, 3))
    shrunk = resize(NOISE, width_px, height_px)
    assert shrunk.shape == (height_px, width_px, 3)
    np.testing.assert_allclose(shrunk, expected, atol=0.51)


def test_growing_stays_between_the_neighbours() -> None:
    image = np.array([[[0] * 3, [100] * 3]], np.uint8)
    grown = resize(image, 8, 3)
    assert grown.shape == (3, 8, 3)
    assert (np.diff(grown[0, :, 0].astype(int)) >= 0).all()
    assert (grown[0, 0, 0], grown[0, -1, 0]) == (0, 100)


@pytest.mark.parametrize("size", [(1200, 1600), (2048, 3072), (1025, 1280)])
def test_a_large_photograph_is_averaged_as_in_one_step(size: tuple[int, int]) -> None:
    import cv2

    height, width = size
    photograph = cv2.GaussianBlur(
        np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8), (15, 15), 0
    )
    expected = cv2.resize(photograph, (256, 256), interpolation=cv2.INTER_AREA).astype(int)
    difference = np.abs(resize(photograph, 256, 256) - expected)
    assert difference.max() <= 3
    assert difference.mean() < 0.5
