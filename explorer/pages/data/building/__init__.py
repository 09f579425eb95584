"""How is the data set built, and from which images?"""
