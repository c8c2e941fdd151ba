"""The browser app. The only room that imports gradio; importing this package alone does not."""
