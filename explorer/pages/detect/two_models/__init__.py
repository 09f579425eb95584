"""What does another model find?"""
