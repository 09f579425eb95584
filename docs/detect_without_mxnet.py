"""Detect with a file of ``ssd-explorer export --onnx``: no MXNet, and nothing of SSD Explorer.

pip install onnxruntime pillow
python detect_without_mxnet.py creature.onnx image.png
"""

import json
import sys

import numpy as np
import onnxruntime
from PIL import Image

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
about = session.get_modelmeta().custom_metadata_map
names, size = json.loads(about["class_names"]), int(about["input_size"])
variances = np.array(json.loads(about["variances"]), np.float32)

# The network takes RGB from 0 to 255, channels first.
image = Image.open(sys.argv[2]).convert("RGB")
pixels = np.asarray(image.resize((size, size), Image.Resampling.BILINEAR), np.float32)
said = session.run(["class_prob", "offsets", "anchors"], {"image": pixels.transpose(2, 0, 1)[None]})
class_prob, offsets, anchors = (output[0] for output in said)

# Column 0 of class_prob is the background. An anchor names its best class, or each that it can.
foreground, best_only = class_prob[:, 1:], not json.loads(about["multi_label"])
named = (foreground >= 0.5) & (foreground >= best_only * foreground.max(axis=1, keepdims=True))
anchor, class_id = np.nonzero(named)

# Offsets are relative to the anchors.
score, anchors, offsets = foreground[named], anchors[anchor], offsets[anchor]
middle, side = (anchors[:, :2] + anchors[:, 2:]) / 2, anchors[:, 2:] - anchors[:, :2]
middle = middle + offsets[:, :2] * variances[:2] * side
side = side * np.exp(offsets[:, 2:] * variances[2:])
boxes = np.concatenate([middle - side / 2, middle + side / 2], axis=1).clip(0, 1)

# Non-maximum suppression: the best box stays, those of its class that overlap it do not.
waiting = np.argsort(-score, kind="stable")[:400]
while len(waiting):
    best, waiting = waiting[0], waiting[1:]
    print(names[class_id[best]], f"{score[best]:.4f}", *(boxes[best] * (image.size * 2)).round(1))
    box, others = boxes[best], boxes[waiting]
    inner = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared, areas = inner.clip(0).prod(axis=1), (others[:, 2:] - others[:, :2]).prod(axis=1)
    overlap = shared / ((box[2:] - box[:2]).prod() + areas - shared)
    waiting = waiting[(overlap < 0.45) | (class_id[waiting] != class_id[best])]
