"""How does the run go, and how is it steered?"""
