"""What is on a page: Bokeh figures, ipywidgets controls, and the frame around them.

The only place that imports Bokeh, ipywidgets or IPython.
"""
