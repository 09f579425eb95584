"""Which objects do the anchors catch, and which would catch more?"""
