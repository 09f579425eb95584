"""What is the next run to learn, and how?"""
