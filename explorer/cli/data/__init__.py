"""``ssd-explorer data``: make, download, import, check, list and remove data sets."""
