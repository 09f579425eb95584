"""What MXNet wrote to a disk, read without it: arrays, graphs, and the detectors in them."""
