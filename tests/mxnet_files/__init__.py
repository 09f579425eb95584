"""Files as MXNet writes them."""
