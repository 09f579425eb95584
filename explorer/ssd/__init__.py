"""SSD explained in numpy: anchors, matching, targets, offsets, NMS and detection.

These functions say *why*; `explorer.engine.operators` computes the same with MXNet, and the
tests hold the two equal.
"""
