"""The browser app. The only room that imports gradio."""

from refocus.ui.app.launch import build_app, serve

__all__ = ["build_app", "serve"]
