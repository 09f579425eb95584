"""What does augmentation make of an image?"""
