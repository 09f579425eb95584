"""What does the network learn from in one step?"""
