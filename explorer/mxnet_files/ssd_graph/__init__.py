"""What a graph says of an SSD, found by what its nodes do, whatever they are called."""
