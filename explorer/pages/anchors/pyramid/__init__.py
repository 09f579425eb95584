"""Which feature map, and which of its cells?"""
