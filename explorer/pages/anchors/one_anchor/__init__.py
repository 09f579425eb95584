"""What does one anchor learn of its object?"""
