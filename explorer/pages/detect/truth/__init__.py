"""What should be found?"""
