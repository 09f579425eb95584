"""Which sizes and ratios does each feature map have?"""
