"""Why was an object missed?"""
