"""Why only one box?"""
