"""Detectors that others made with MXNet: what their files say, and what has to be proposed."""
