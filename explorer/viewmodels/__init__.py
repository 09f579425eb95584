"""The state of each dashboard and all that is derived from it, without a browser.

Views draw what stands here and pass on what the reader does; nothing is computed there.
"""
