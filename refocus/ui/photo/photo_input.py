"""The photo control: hands over the file as the user gave it, so that nothing of it is lost on the way."""

import gradio as gr
from gradio.data_classes import ImageData


class PhotoInput(gr.Image):
    """A gr.Image whose value is always the path of the untouched file.

    gr.Image opens the file itself, with what Pillow knows alone: HEIC fails, a file that is no picture ends in a
    traceback, and EXIF, profile and 16 bits are gone. `Photo.open` does all that, and says what is wrong.
    It has no constructor of its own, because gradio reads the page's settings off the constructor's signature.
    """

    def get_block_name(self) -> str:
        """The browser's part is gr.Image's own."""
        return "image"

    def preprocess(self, payload: ImageData | None) -> str | None:
        """The path of the file, or None when the control is empty; `GuardedBlocks` has looked at it before."""
        return None if payload is None else payload.path or None
