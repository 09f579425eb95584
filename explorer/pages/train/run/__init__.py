"""How is the run going, and how is it steered?"""
