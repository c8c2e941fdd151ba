"""The browser app. The only room that imports gradio."""
