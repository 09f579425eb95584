"""What is on a page: Bokeh figures, ipywidgets controls, and the frame around them.

The only place that imports Bokeh, ipywidgets or IPython.
"""

import gc
import os

IN_VOILA = "VOILA_BASE_URL" in os.environ
"""This process is the kernel of a served page."""

if IN_VOILA:
    # What is imported and made from here to `Page.show` all stays: to look for garbage among it
    # again and again costs a tenth of the time until the page is there.
    gc.disable()
