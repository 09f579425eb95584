"""The folder of a run: its files, who writes them and who reads them."""
