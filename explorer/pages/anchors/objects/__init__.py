"""Which objects are in the picture?"""
