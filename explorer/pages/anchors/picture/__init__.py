"""Which picture, and which shape of the input?"""
