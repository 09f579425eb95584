"""Data sets: made, downloaded, read, checked and served in batches. No MXNet here."""

from explorer.datasets.catalog import data_root, dataset_names, dataset_path
from explorer.datasets.ensure import ensure_dataset
from explorer.datasets.loader import Batch, epoch_batches, num_batches
from explorer.datasets.pikachu import download_pikachu
from explorer.datasets.record_dataset import RecordDataset, Sample, open_dataset
from explorer.datasets.synthetic import CancelledError, make

__all__ = [
    "Batch",
    "CancelledError",
    "RecordDataset",
    "Sample",
    "data_root",
    "dataset_names",
    "dataset_path",
    "download_pikachu",
    "ensure_dataset",
    "epoch_batches",
    "make",
    "num_batches",
    "open_dataset",
]
