"""What the page's own components have in common: a checked value, and a page side of HTML, CSS and JavaScript."""

from typing import Any

import gradio as gr
from gradio.data_classes import GradioModel


class PageView(gr.HTML):
    """A gr.HTML whose value is a model, or None for nothing to show.

    A component of the page is a subclass with that model as its `data_model`, and hands its page side to gr.HTML.
    """

    data_model: type[GradioModel]

    def preprocess(self, payload: Any) -> Any:
        """The value as shown; its files are local paths."""
        return payload

    def postprocess(self, value: Any) -> Any:
        """Check the value and hand its files to the browser."""
        return self.data_model.model_validate(value) if isinstance(value, dict) else value

    def api_info(self) -> dict[str, Any]:
        """The JSON schema of the value."""
        return gr.components.Component.api_info(self)

    def example_payload(self) -> Any:
        """None: there is nothing to begin with."""
        return None

    def example_value(self) -> Any:
        """The same for Python."""
        return self.example_payload()
