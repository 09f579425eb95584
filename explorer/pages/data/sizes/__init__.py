"""How large are the objects, and where are they?"""
