"""Files that somebody wrote to do harm: small ones that ask for a lot, and what is no number."""

from __future__ import annotations

import struct

from tests.damaged.damage import ALIASES, ENTITIES

_MAGIC = b"\x0a\x23\xd7\xce"
_BOX = b"<object><name>a</name><bndbox><xmin>1e308</xmin><ymin>-1e308</ymin></bndbox></object>"
_COCO = b'{"images":[%s],"annotations":[%s],"categories":[%s]}'
_IMAGE = b'{"id":1,"file_name":"0.jpg"}'
_ARRAYS = struct.pack("<2Q", 0x112, 0)
_EMPTY = struct.pack("<IiiqIIi", 0xF993FACA, 0, 1, 0, 1, 0, 0)  # of MXNet's arrays


def _many(text: bytes, number: int) -> bytes:
    return b",".join(text.replace(b"#", b"%d" % each) for each in range(number))


def _names(number: int, num_letters: int) -> bytes:
    """Return the names of so many of MXNet's arrays, of so many letters each."""
    told = (b"%0*d_weight" % (num_letters, each) for each in range(number))
    return struct.pack("<Q", number) + b"".join(struct.pack("<Q", len(n)) + n for n in told)


HOSTILE: dict[tuple[str, str], tuple[bytes, ...]] = {
    ("yolo", "data.yaml"): (
        ALIASES,
        ALIASES.replace(b"names:", b"k0:") + b"names: *a11\n",
        *(b"- " * 30_000, b"names: " + b"[" * 3000 + b"]" * 3000, b"a: &a [*a]\nnames: *a\n"),
        b"names: {" + _many(b"#: a", 20_000) + b"}\n",
        b"names: {9999999999: a}\n",
        b"names: !!python/object/apply:os.system ['true']\n",
        b"names: [2026-99-99]\nnc: 0x" + b"f" * 5000,
    ),
    ("yolo", "0.txt"): (
        b"0 " + b"0.1 " * 1_000_000,
        _many(b"# 0.5 0.5 0.1 0.1\n", 50_000).replace(b",", b""),
        b"9" * 5000 + b" 0.1 0.1 0.1 0.1\n1e308 1e308 1e308 1e308 1e308\n0 0.5 0.5 inf nan\n",
    ),
    ("voc", "0.xml"): (
        *(ENTITIES, b"<annotation>" + b"<object>" * 100_000, b"<annotation>%s</annotation>" % _BOX),
        b"<annotation>" + b"<object/>" * 100_000 + b"</annotation>",
        b"<annotation><filename>" + b"a/" * 500_000 + b"</filename></annotation>",
        b'<!DOCTYPE a SYSTEM "file:///dev/zero"><annotation/>',
        *(
            b'<?xml version="1.0" encoding="%s"?><annotation/>' % name
            for name in (b"utf-16", b"idna", b"zip", b"undefined", b"unicode_escape", b"rot13")
        ),
    ),
    ("coco", "a.json"): (
        b"[" * 200_000,
        _COCO % (_many(_IMAGE, 30_000), b"", b""),
        _COCO % (_IMAGE, _many(b'{"image_id":#,"category_id":#,"bbox":[1,1,2,2]}', 30_000), b""),
        _COCO % (_IMAGE, b"", _many(b'{"id":#,"name":"c#"}', 50_000)),
        _COCO % (b'{"id":[[]],"file_name":{"a":1}}', b'{"image_id":[[]],"bbox":{}}', b'{"id":[]}'),
        _COCO % (b'{"id":1,"file_name":"0.jpg\\u0000","width":1e308}', b"", b'{"id":1,"name":[]}'),
        _COCO % (b'{"id":1,"file_name":"' + b"a" * 5000 + b'"}', b"", b'{"name":"\\ud800"}'),
    ),
    ("csv", "a.csv"): (
        *(b"a," * 1_000_000, b'image,xmin,ymin,xmax,ymax,class\n"' + b"a\n" * 200_000),
        _many(b"#.jpg;1;1;9;9;c#\n", 30_000).replace(b",", b"").replace(b";", b","),
        b"image,xmin,ymin,xmax,ymax,class\n0.jpg,1e308,1e308,-1e308,1e308,a\n0.jpg,1,1,9,9,a\0\r",
    ),
    ("labelme", "0.json"): (
        b'{"imagePath":["a"],"shapes":{"a":1}}',
        b'{"imagePath":"0.jpg","imageWidth":1e400,"shapes":[{"label":null,"points":[[NaN,1]]}]}',
        b'{"imagePath":"0.jpg","shapes":[{"points":[' + b"[1,2]," * 300_000 + b"[3,4]]}]}",
    ),
    ("records", "train.idx"): (
        *(b"0\t" + b"9" * 5000 + b"\n", "0\t²\n".encode(), b"0\t1\n" * 300_000),
    ),
    ("records", "train.rec"): (
        (_MAGIC + b"\0\0\0\0") * 30_000,
        _MAGIC + b"\xff\xff\xff\x1f",
    ),
    ("records", "dataset.json"): (
        b'{"class_names":' + b"[" * 50_000,
        b'{"class_names":[' + _many(b'"a"', 300_000) + b"]}",
    ),
    ("list", "a.lst"): (
        b"0\t2\t5\t" + b"0.1\t" * 500_000 + b"0.jpg\n",
        b"0\t1e308\t5\t0\t0\t0\t1\t1\t0.jpg\n0\t2\t1e15\t0\t0\t0\t1\t1\t0.jpg\n",
    ),
    ("cvat", "a.xml"): (
        b'<annotations><image name="0.jpg"><mask label="a" rle="1,2" left="1" top="1" '
        b'width="99999999" height="99999999"/><box label="a" xtl="1e308" rotation="1e308"/></image>'
        b"</annotations>",
    ),
    ("via", "a.json"): (
        b'{"a":{"filename":"0.jpg","regions":{"0":{"shape_attributes":"x","region_attributes":1}}}}',
    ),
    ("label-studio", "a.json"): (
        b'[{"data":{"image":["x"]},"annotations":[{"result":[{"type":["x"],"value":{"x":1e400}}]}]}]',
    ),
    ("createml", "a.json"): (b'[{"image":"0.jpg","annotations":[{"coordinates":{"x":1e400}}]}]',),
    ("checkpoint", "a.json"): (
        b'{"detector":{"class_names":[%s]},"sha256":"","about":{}}' % _many(b'"c#"', 200_000),
        b'{"detector":{"class_names":["a"],"feature_maps":[%s]},"sha256":"","about":{}}'
        % _many(b"{}", 300_000),
    ),
    ("foreign", "a.params"): (
        _ARRAYS + struct.pack("<Q", 2**63),
        _ARRAYS + struct.pack("<Q", 10**5) + _EMPTY * 10**5,
        _ARRAYS + struct.pack("<Q", 10**5) + _EMPTY * 10**5 + _names(10**5, 9),
        _ARRAYS + struct.pack("<Q", 10**4) + _EMPTY * 10**4 + _names(10**4, 4000),
        _ARRAYS + struct.pack("<QIIi2q3i", 1, 0xF993FACA, 0, 2, 2**31, 2**31, 1, 0, 0),
        _ARRAYS + struct.pack("<QII", 1, 2**32 - 9, 1),
        _ARRAYS + struct.pack("<QIIi", 1, 0xF993FACA, 0, 2**31 - 1),
    ),
    ("run", "runs/one/records.jsonl"): (
        b"[" * 100_000 + b"\n" + b"{}\n" * 100_000 + b'{"kind":"step","step":1e999}\n',
        b'{"kind":"step","step":' + b"9" * 4000 + b',"epoch":1,"time":1}\n',
        b'{"kind":"epoch","step":1,"epoch":1,"time":1e300,"ap50":"x"}\n',
    ),
    ("run", "runs/one/config.json"): (
        *(b"{}", b"[" * 100_000, b'{"config":[]}'),
        b'{"config":{"class_names":[%s]}}' % _many(b'"a"', 300_000),
    ),
    ("run", "runs/one/status.json"): (
        *(b"[]", b'{"state":"running","pid":99999999999999999999,"process_started":1e400}'),
        b'{"state":"failed","message":{"key":"diverged"}}',
    ),
}  # fmt: skip
"""By the kind and the file that they stand in for."""
