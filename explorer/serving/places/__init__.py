"""How many pages there may be, who has one, and who is next."""
