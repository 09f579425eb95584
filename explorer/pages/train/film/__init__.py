"""What does the network say about the same images as it learns?"""
