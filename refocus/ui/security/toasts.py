"""The one place where toasts are made. gradio shows their text as HTML, so it is escaped for the page."""

import gradio as gr

from refocus.ui.security.shown_text import as_html, without_folders


def failure(sentence: str, *, html: bool = True) -> gr.Error:
    """What to raise so that the user reads a sentence: a toast on the page, an error's message for a program.

    Args:
        sentence: any text.
        html: whether it goes to the page; programs show it as it is.
    """
    said = without_folders(sentence)
    return gr.Error(as_html(said) if html else said, print_exception=False)


def inform(sentence: str) -> None:
    """Show a sentence in a toast, while the page's event is handled."""
    gr.Info(as_html(without_folders(sentence)))
