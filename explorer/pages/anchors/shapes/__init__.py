"""Which sizes and ratios has each feature map?"""
