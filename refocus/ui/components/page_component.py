"""The base class of the page's own components: a checked value, and an HTML, a CSS and a JavaScript file."""

from pathlib import Path
from typing import Any, ClassVar

import gradio as gr
from gradio.data_classes import GradioModel

from refocus.ui.components.page_files import page_code

_RULER = "<!-- ruler -->"
_RULER_FILE = Path(__file__).parents[1] / "viewer" / "ruler.html"


class PageComponent(gr.HTML):
    """A gr.HTML whose value is a model, a plain JSON value where there is no model, or None for nothing to show.

    Attributes:
        data_model: the type of the value, or None.
        page_files: path of the component's .html, .css and .js files, without the suffix.
        default_props: what the script reads as `props` beside `value`.
    """

    data_model: type[GradioModel] | None = None
    page_files: ClassVar[Path]
    default_props: ClassVar[dict[str, Any]] = {}

    def __init__(self, value: Any = None, **kw: Any) -> None:
        """`kw` are gr.HTML's arguments and props; gradio builds the class again from all of them on updates."""
        fixed = {**self.templates(), "apply_default_css": False}
        super().__init__(value, **{"padding": False, **self.default_props, **kw, **fixed})

    @classmethod
    def templates(cls) -> dict[str, str]:
        """The texts of the component's files, by the names of gr.HTML's arguments."""
        return {
            "html_template": page_code(cls.page_files.with_suffix(".html")).replace(_RULER, page_code(_RULER_FILE)),
            "css_template": page_code(cls.page_files.with_suffix(".css")),
            "js_on_load": page_code(cls.page_files.with_suffix(".js")),
        }

    def preprocess(self, payload: Any) -> Any:
        """The value as shown; its files are local paths."""
        return payload

    def postprocess(self, value: Any) -> Any:
        """Validate the value; gradio then serves its files to the browser."""
        if self.data_model is None or not isinstance(value, dict):
            return value
        return self.data_model.model_validate(value)

    def api_info(self) -> dict[str, Any]:
        """The JSON schema of the value."""
        return {} if self.data_model is None else gr.components.Component.api_info(self)

    def example_payload(self) -> Any:
        """None: the API page shows no example."""
        return None

    def example_value(self) -> Any:
        """The same for Python."""
        return self.example_payload()
