"""What a reader can choose from on more than one page."""
