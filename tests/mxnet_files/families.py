"""Detectors of the three families, made without any download: graphs with random weights.

The layers of example/ssd are written from the facts of the architectures: VGG-16 with its fully
connected layers as dilated convolutions (Liu et al. 2016), and ResNet-50 with pre-activation.
"""

from __future__ import annotations

import gzip
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np

from explorer.net.runtime import mx

SIZES = ((0.1, 0.141), (0.2, 0.272), (0.37, 0.447), (0.54, 0.619), (0.71, 0.79), (0.88, 0.961))
FEW, MORE = (1, 2, 0.5), (1, 2, 0.5, 3, 1 / 3)
RATIOS = (FEW, MORE, MORE, MORE, FEW, FEW)
VGG_STEPS_PX = (8, 16, 32, 64, 100, 300)
GLUON_CV = {"ssd_512_mobilenet1.0_voc": 512, "ssd_300_vgg16_atrous_voc": 300}
"""Names of exported graphs, and the side of their input, px."""


def convolution(data: Any, filters: int, kernel: int, name: str, **settings: Any) -> Any:
    settings = {side: (value, value) for side, value in settings.items()}
    convolved = mx.sym.Convolution(
        data, num_filter=filters, kernel=(kernel, kernel), name=f"conv{name}", **settings
    )
    return mx.sym.Activation(convolved, act_type="relu", name=f"relu{name}")


def vgg16_reduced(data: Any, width: float) -> list[Any]:
    """Return relu4_3, whose cells are 8 px apart, and relu7 at 16 px."""
    net, found = data, []
    for block, (rounds, filters) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], 1):
        for each in range(1, rounds + 1):
            net = convolution(net, int(filters * width), 3, f"{block}_{each}", pad=1)
        if block == 4:
            found.append(net)
        kernel = {"kernel": (3, 3), "stride": (1, 1), "pad": (1, 1)}
        net = mx.sym.Pooling(
            net,
            pool_type="max",
            pooling_convention="full" if block == 3 else "valid",
            name=f"pool{block}",
            **(kernel if block == 5 else {"kernel": (2, 2), "stride": (2, 2)}),
        )
    net = convolution(net, int(1024 * width), 3, "6", pad=6, dilate=6)
    return [*found, convolution(net, int(1024 * width), 1, "7")]


def resnet50(data: Any, width: float) -> list[Any]:
    """Return the sums at the end of the third and the fourth stage: 16 and 32 px."""

    def normed(net: Any, name: str) -> Any:
        net = mx.sym.BatchNorm(net, fix_gamma=False, eps=2e-5, name=f"{name}_bn")
        return mx.sym.Activation(net, act_type="relu", name=f"{name}_relu")

    def plain(net: Any, filters: int, kernel: int, stride: int, name: str) -> Any:
        side = {"kernel": (kernel,) * 2, "stride": (stride,) * 2, "pad": (kernel // 2,) * 2}
        return mx.sym.Convolution(net, num_filter=filters, no_bias=True, name=name, **side)

    net = mx.sym.BatchNorm(data, fix_gamma=True, eps=2e-5, name="bn_data")
    net = normed(plain(net, int(64 * width), 7, 2, "conv0"), "0")
    net = mx.sym.Pooling(net, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="max")
    found = []
    for stage, units in enumerate((3, 4, 6, 3), 1):
        filters = int(128 * 2**stage * width)
        for unit in range(1, units + 1):
            name = f"stage{stage}_unit{unit}"
            stride = 2 if unit == 1 and stage > 1 else 1
            first = normed(net, f"{name}_1")
            inner = normed(plain(first, filters // 4, 1, 1, f"{name}_conv1"), f"{name}_2")
            inner = normed(plain(inner, filters // 4, 3, stride, f"{name}_conv2"), f"{name}_3")
            inner = plain(inner, filters, 1, 1, f"{name}_conv3")
            net = inner + (net if unit > 1 else plain(first, filters, 1, stride, f"{name}_sc"))
        if stage > 2:
            found.append(net)
    return found


BODIES = {"vgg16": vgg16_reduced, "resnet50": resnet50}
FAMILIES = (*BODIES, *GLUON_CV)


def example_ssd(
    body: str, num_classes: int = 20, *, training: bool = False, width: float = 1.0, **nms: Any
) -> Any:
    """Return the symbol that example/ssd makes of a body, for use or for training.

    Parameters
    ----------
    body : str
        "vgg16", for 300 px, with steps and a normalised first map; "resnet50", without.
    width : float
        How many of the filters there are.
    **nms
        Attributes of MultiBoxDetection.
    """
    maps = BODIES[body](mx.sym.Variable("data"), width)
    vgg = body == "vgg16"
    strides = ((2, 1), (2, 1), (1, 0), (1, 0)) if vgg else ((2, 1),) * 4
    filters = (512, 256, 256, 256) if vgg else (512, 256, 256, 128)
    for number, ((stride, pad), each) in enumerate(zip(strides, filters, strict=True), 8):
        net = convolution(maps[-1], max(int(128 * width), each // 2), 1, f"{number}_1")
        maps.append(convolution(net, int(each * width), 3, f"{number}_2", stride=stride, pad=pad))
    scores, offsets, anchors = [], [], []
    for number, (each, sizes, ratios) in enumerate(zip(maps, SIZES, RATIOS, strict=True)):
        if vgg and number == 0:
            each = mx.sym.L2Normalization(each, mode="channel", name="first_norm")
            scale = mx.sym.Variable("first_scale", shape=(1, int(512 * width), 1, 1))
            each = mx.sym.broadcast_mul(lhs=scale, rhs=each)
        per_cell = len(sizes) + len(ratios) - 1
        for length, found in ((num_classes + 1, scores), (4, offsets)):
            head = mx.sym.Convolution(
                each,
                num_filter=per_cell * length,
                kernel=(3, 3),
                pad=(1, 1),
                name=f"map{number}_{'loc' if length == 4 else 'cls'}_pred_conv",
            )
            found.append(mx.sym.Flatten(mx.sym.transpose(head, axes=(0, 2, 3, 1))))
        step = (VGG_STEPS_PX[number] / 300,) * 2 if vgg else (-1.0, -1.0)
        prior = mx.sym.contrib.MultiBoxPrior(each, sizes=sizes, ratios=ratios, steps=step)
        anchors.append(mx.sym.Flatten(prior))
    joined = mx.sym.Reshape(mx.sym.Concat(*scores, dim=1), shape=(0, -1, num_classes + 1))
    joined = mx.sym.transpose(joined, axes=(0, 2, 1))
    located = mx.sym.Concat(*offsets, dim=1)
    boxes = mx.sym.Reshape(mx.sym.Concat(*anchors, dim=1), shape=(0, -1, 4))
    nms = {"nms_threshold": 0.5, "nms_topk": 400, "variances": (0.1, 0.1, 0.2, 0.2), **nms}
    if not training:
        probabilities = mx.sym.SoftmaxActivation(joined, mode="channel")
        return mx.sym.contrib.MultiBoxDetection(probabilities, located, boxes, **nms)
    target = mx.sym.contrib.MultiBoxTarget(boxes, mx.sym.Variable("label"), joined)
    probabilities = mx.sym.SoftmaxOutput(joined, target[2], multi_output=True, ignore_label=-1)
    difference = target[1] * (located - target[0])
    loss = mx.sym.MakeLoss(mx.sym.smooth_l1(difference, scalar=1.0))
    found = mx.sym.contrib.MultiBoxDetection(probabilities, located, boxes, **nms)
    return mx.sym.Group(
        [probabilities, loss, mx.sym.MakeLoss(target[2]), mx.sym.MakeLoss(found, grad_scale=0)]
    )


def gluon_cv(name: str) -> Any:
    """Return the symbol of a graph in ``symbols/``."""
    packed = Path(__file__).with_name("symbols") / f"{name}-symbol.json.gz"
    return mx.sym.load_json(gzip.decompress(packed.read_bytes()).decode())


def minimal_decoding(symbol: Any) -> Any:
    """Return a symbol of GluonCV that decodes as its first versions did: by arithmetic."""
    inside = symbol.get_internals()
    nodes = json.loads(symbol.tojson())["nodes"]
    decode = next(node for node in nodes if node["op"] == "_contrib_box_decode")
    shifts, anchors = (
        mx.sym.split(inside[f"{nodes[place]['name']}_output"], axis=-1, num_outputs=4)
        for place, *_output in decode["inputs"]
    )
    parts = [shifts[axis] * std for axis, std in enumerate((0.1, 0.1, 0.2, 0.2))]
    middles = [
        mx.sym.broadcast_add(mx.sym.broadcast_mul(parts[axis], anchors[2 + axis]), anchors[axis])
        for axis in (0, 1)
    ]
    halves = [mx.sym.broadcast_mul(mx.sym.exp(parts[axis]), anchors[axis]) * 0.5 for axis in (2, 3)]
    corners = [middle - half for middle, half in zip(middles, halves, strict=True)]
    corners += [middle + half for middle, half in zip(middles, halves, strict=True)]
    boxes = mx.sym.concat(*corners, dim=-1)
    nms = next(node for node in nodes if node["op"] == "_contrib_box_nms")
    per_class = []
    for place, *_output in nodes[nms["inputs"][0][0]]["inputs"]:
        ids, scores, _boxes = (nodes[each[0]]["name"] for each in nodes[place]["inputs"])
        taken = (inside[f"{name}_output"] for name in (ids, scores))
        per_class.append(mx.sym.concat(*taken, boxes, dim=-1))
    return mx.sym.contrib.box_nms(mx.sym.concat(*per_class, dim=1), **nms["attrs"])


def gluon_cv_anchors(name: str) -> dict[str, np.ndarray]:
    """Return the constants of GluonCV: (1, 1, h, w, K·4) centres and sides, px."""
    size = GLUON_CV[name]
    steps = (8, 16, 32, 64, 100, 300) if size == 300 else (16, 32, 64, 128, 256, 512)
    sides = (
        (30, 60, 111, 162, 213, 264, 315)
        if size == 300
        else (51.2, 102.4, 189.4, 276.4, 363.52, 450.6, 492)
    )
    arrays = {}
    variables = [each for each in gluon_cv(name).list_arguments() if "_anchor_" in each]
    for number, variable in enumerate(variables):
        cells = max(128 >> number, 16)
        first, second = sides[number], np.sqrt(sides[number] * sides[number + 1])
        shapes = [(first, first), (second, second)]
        shapes += [(first * r**0.5, first / r**0.5) for r in RATIOS[number][1:]]
        boxes = np.empty((1, 1, cells, cells, len(shapes), 4), np.float32)
        boxes[..., 0] = (np.arange(cells)[None, :, None] + 0.5) * steps[number]
        boxes[..., 1] = (np.arange(cells)[:, None, None] + 0.5) * steps[number]
        boxes[..., 2:] = shapes
        arrays[variable] = boxes.reshape(1, 1, cells, cells, -1)
    return arrays


def random_arrays(
    symbol: Any,
    size: int,
    seed: int = 0,
    known: dict[str, np.ndarray] | None = None,
    pixel_std: float = 60.0,
    heads: float = 1.0,
) -> dict[str, np.ndarray]:
    """Return weights of the shapes that a symbol needs, so scaled that no layer explodes.

    Parameters
    ----------
    pixel_std : float
        Of what the first convolution sees: 1 where pixels are normalised.
    heads : float
        How large the weights of scores and offsets are, beside others.
    """
    random = np.random.default_rng(seed)
    known = dict(known or {})
    shapes = {"data": (1, 3, size, size), **{name: array.shape for name, array in known.items()}}
    if "label" in symbol.list_arguments():
        shapes["label"] = (1, 2, 5)
    given, _outputs, auxiliary = symbol.infer_shape(**shapes)
    names = [*symbol.list_arguments(), *symbol.list_auxiliary_states()]
    for name, shape in zip(names, [*given, *auxiliary], strict=True):
        if name in known or name in ("data", "label"):
            continue
        if name.endswith("weight"):
            deviation = np.sqrt((0.2 if "conv3" in name else 2.0) / np.prod(shape[1:]))
            deviation *= 1 / pixel_std if shape[1] == 3 else heads if "_pred_" in name else 1
            values = random.normal(0, deviation, shape)
        elif name.endswith(("gamma", "var")):
            values = random.uniform(0.8, 1.2, shape)
        elif name.endswith("scale"):
            values = np.full(shape, 20.0 if shape[1] > 3 else 255 * 0.225)
        else:
            values = random.normal(0, 0.05, shape)
        known[name] = values.astype(np.float32)
    return known


def of_old(written: str, spelling: str) -> str:
    """Return a graph as MXNet 0.8 wrote it: without nodes for what batch norms do not learn."""
    content = json.loads(written)
    nodes, unknown = content["nodes"], set()
    for node in nodes:
        node[spelling] = node.pop("attrs", {})
        node["backward_source_id"] = -1
        if node["op"] == "BatchNorm":
            unknown |= {place for place, *_rest in node["inputs"][3:]}
            node["inputs"] = node["inputs"][:3]
    kept = [place for place in range(len(nodes)) if place not in unknown]
    place_of = {place: number for number, place in enumerate(kept)}
    for node in nodes:
        node["inputs"] = [[place_of[place], output] for place, output, _v in node["inputs"]]
    return json.dumps(
        {
            "nodes": [nodes[place] for place in kept],
            "arg_nodes": [place_of[place] for place in kept if nodes[place]["op"] == "null"],
            "heads": [[place_of[place], output] for place, output, _v in content["heads"]],
        }
    )


def detector_of(
    family: str, width: float = 0.25, **nms: Any
) -> tuple[Any, int, dict[str, np.ndarray]]:
    """Return symbol, side of the input and weights of a family; `width` is of our own ones."""
    if family in GLUON_CV:
        symbol, size = gluon_cv(family), GLUON_CV[family]
        std = 1.0 if size == 512 else 60.0
        return symbol, size, random_arrays(symbol, size, 0, gluon_cv_anchors(family), std)
    symbol, size = example_ssd(family, width=width, **nms), 300 if family == "vgg16" else 512
    heads = 1.0 if family == "vgg16" else 0.1  # the sums of ResNet grow where nothing is learned
    return symbol, size, random_arrays(symbol, size, heads=heads)


def save_pair(folder: Path, name: str, symbol: Any, arrays: dict[str, np.ndarray]) -> Path:
    """Write ``NAME-symbol.json`` and ``NAME-0000.params`` as MXNet does; return the latter."""
    folder.mkdir(parents=True, exist_ok=True)
    states = set(symbol.list_auxiliary_states())
    kinds = {each: "aux" if each in states else "arg" for each in arrays}
    symbol.save(str(folder / f"{name}-symbol.json"))
    path = folder / f"{name}-0000.params"
    mx.nd.save(str(path), {f"{kinds[each]}:{each}": mx.nd.array(arrays[each]) for each in arrays})
    return path


def save_sage_maker(folder: Path, symbol: Any, arrays: dict[str, np.ndarray]) -> Path:
    """Write the ``model.tar.gz`` of Amazon SageMaker's built-in SSD."""
    inside = folder / "inside"
    save_pair(inside, "model_algo_1", symbol, arrays)
    told = {"base_network": "vgg-16", "num_classes": "20", "image_shape": "300", "epochs": "30"}
    (inside / "hyperparams.json").write_text(json.dumps(told))
    path = folder / "model.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for each in sorted(inside.iterdir()):
            archive.add(each, each.name)
    return path
