"""How are anchors matched, step by step?"""
