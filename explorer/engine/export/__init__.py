"""How does a detector leave for programs without MXNet?"""
