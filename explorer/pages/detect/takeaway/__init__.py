"""How is what was found saved for other programs?"""
