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
outputs = ["class_prob", "offsets", "anchors"]
said = session.run(outputs, {"image": pixels.transpose(2, 0, 1)[None]})
class_prob, offsets, anchors = (output[0] for output in said)

# Column 0 of class_prob is the background; offsets are relative to the anchors.
score, class_id = class_prob[:, 1:].max(axis=1), class_prob[:, 1:].argmax(axis=1)
middle, side = (anchors[:, :2] + anchors[:, 2:]) / 2, anchors[:, 2:] - anchors[:, :2]
middle = middle + offsets[:, :2] * variances[:2] * side
side = side * np.exp(offsets[:, 2:] * variances[2:])
boxes = np.concatenate([middle - side / 2, middle + side / 2], axis=1).clip(0, 1)

# Non-maximum suppression: the best box stays, those of its class that overlap it do not.
waiting = [i for i in np.argsort(-score, kind="stable")[:400] if score[i] >= 0.5]
while waiting:
    best, waiting = waiting[0], np.array(waiting[1:], int)
    print(names[class_id[best]], f"{score[best]:.4f}", *(boxes[best] * (image.size * 2)).round(1))
    box, others = boxes[best], boxes[waiting]
    inner = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared, areas = inner.clip(0).prod(axis=1), (others[:, 2:] - others[:, :2]).prod(axis=1)
    overlap = shared / ((box[2:] - box[:2]).prod() + areas - shared)
    waiting = list(waiting[(overlap < 0.45) | (class_id[waiting] != class_id[best])])
