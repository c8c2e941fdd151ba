"""Bokeh prompts: the text box and the finished pictures."""
