"""How does a detector from elsewhere come to this page?"""
