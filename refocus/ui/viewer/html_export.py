"""The focus viewer as one HTML file that works offline and can be sent by e-mail."""

import base64
import html
import json
import tempfile
from pathlib import Path

from gradio.data_classes import FileData

from refocus.media import atomic_path, check_output_file
from refocus.results import Refocused
from refocus.ui.components.page_files import shared_script, shared_style
from refocus.ui.viewer.focus_view import FocusView, viewer_value
from refocus.ui.viewer.focus_viewer import FocusViewer

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{
  color-scheme: light dark;
  --body-text-color: light-dark(#171717, #f5f5f5);
  --body-text-color-subdued: light-dark(#525252, #a3a3a3);
  --border-color-primary: light-dark(#d4d4d4, #404040);
  --background-fill-primary: light-dark(#ffffff, #171717);
  --background-fill-secondary: light-dark(#e5e5e5, #171717);
  --color-accent: light-dark(#bb7006, #f5ae35);
}}
body {{ max-width: 1200px; margin: 0 auto; padding: 16px; font-family: ui-sans-serif, system-ui, sans-serif;
  background: light-dark(#f5f5f5, #0f0f0f); }}
#viewer {{ {container} }}
{css}
</style>
</head>
<body>
<main id="viewer">{viewer}</main>
<script>
{shared}
((element, props, trigger, watch) => {{
{script}
}})(document.getElementById("viewer"), {props}, () => {{}}, () => {{}});
</script>
</body>
</html>
"""


def standalone_html(view: FocusView, *, title: str) -> str:
    """The viewer with this stack as one HTML page, frames included.

    Args:
        view: as made by `viewer_value`; its files are read.
        title: the page's title, any text.
    """
    value = {name: _embedded(field) for name, field in view}
    # "<" is escaped, so that user text cannot end the script.
    props = json.dumps({"value": value, "offline": True}).replace("<", "\\u003c")
    viewer = FocusViewer.templates()
    return _PAGE.format(
        title=html.escape(title),
        container=viewer["css_template"],
        css=shared_style(),
        shared=shared_script(),
        viewer=viewer["html_template"],
        script=viewer["js_on_load"],
        props=props,
    )


def save_html(result: Refocused, path: str | Path) -> None:
    """Write the focus viewer with a result in it as one HTML file, atomically.

    Raises:
        BadInput: when the path cannot be written or is one of the input files.
    """
    check_output_file(path, result.inputs)
    with tempfile.TemporaryDirectory() as scratch:
        view = viewer_value(
            result.stack,
            result.scene.disparity,
            Path(scratch),
            photo_srgb=result.photo.resized(max(result.stack.frames.shape[1:3])).rgb,
            description=result.photo.name,
        )
        page = standalone_html(view, title=result.photo.name)
    with atomic_path(path) as partial:
        partial.write_text(page, encoding="utf-8")


def _embedded(field: object) -> object:
    if isinstance(field, FileData):
        data = base64.b64encode(Path(field.path).read_bytes()).decode("ascii")
        return {"url": f"data:{field.mime_type};base64,{data}"}
    return [_embedded(item) for item in field] if isinstance(field, list) else field
