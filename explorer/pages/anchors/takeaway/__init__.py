"""What are these anchors called in other programs?"""
