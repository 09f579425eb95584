"""Which picture?"""
