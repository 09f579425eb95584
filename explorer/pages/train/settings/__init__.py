"""What shall the next run learn, and how?"""
