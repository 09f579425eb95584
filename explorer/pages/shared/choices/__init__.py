"""What a user can choose from on more than one page."""
