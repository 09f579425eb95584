"""How good is the detector on a whole data set?"""
