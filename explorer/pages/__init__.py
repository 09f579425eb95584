"""The dashboards: a folder for each page, in it one for each question that the page answers.

A folder holds all of its question. Its model and its words know no widget and are tested without a
browser; its panel, section or figure draws what the model says and passes on what the user does.
Bokeh, ipywidgets and IPython are imported nowhere else.
"""

import gc
import os

IN_VOILA = "VOILA_BASE_URL" in os.environ
"""This process is the kernel of a served page."""

if IN_VOILA:
    # What is imported and made from here to `Page.show` all stays: to look for garbage among it
    # again and again costs a tenth of the time until the page is there.
    gc.disable()
