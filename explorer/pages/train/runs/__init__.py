"""Which runs are there?"""
