"""Which objects are on the picture?"""
