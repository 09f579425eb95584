"""Where do the anchors lie on the picture?"""
