"""What does each feature map see?"""
