"""Which classes, and by which names?"""
