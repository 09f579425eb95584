"""What is found?"""
