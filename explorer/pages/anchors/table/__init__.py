"""Which anchors are drawn, in numbers?"""
