"""The training page: a run is set up, watched and steered."""
