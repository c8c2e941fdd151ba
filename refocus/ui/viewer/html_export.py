"""The focus viewer as one HTML file that works offline and can be sent by e-mail."""

import base64
import html
import json
from pathlib import Path

from refocus.media import atomic_path, check_output_file
from refocus.results import Refocused
from refocus.subjects.main_subject import main_subject
from refocus.ui.components.page_files import component_templates, shared_script, shared_style
from refocus.ui.viewer.viewer_pictures import ViewerPictures, encode_stack

_VIEWER_FILES = Path(__file__).with_name("focus_viewer")

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


def standalone_html(pictures: ViewerPictures, *, title: str, subject: str = "") -> str:
    """The viewer with this stack as one HTML page, frames included.

    Args:
        pictures: as made by `encode_stack`.
        title: the page's title and the description of the picture, any text.
        subject: why it starts where it does, in one word for the ruler.
    """
    value = {
        "width": pictures.width,
        "height": pictures.height,
        "frames": [_embedded(frame, "image/webp") for frame in pictures.frames],
        "photo": None if pictures.photo is None else _embedded(pictures.photo, "image/webp"),
        "sharpest": None if pictures.sharpest is None else _embedded(pictures.sharpest, "image/png"),
        "position": pictures.position,
        "subject": subject,
        "description": title,
    }
    # "<" is escaped, so that user text cannot end the script.
    props = json.dumps({"value": value, "offline": True}).replace("<", "\\u003c")
    viewer = component_templates(_VIEWER_FILES)
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
    subject = main_subject(result.scene, result.photo_focus)
    pictures = encode_stack(
        result.stack,
        result.scene.disparity,
        float(result.stack.position_of(subject.disparity)),
        photo_srgb=result.photo.resized(max(result.stack.frames.shape[1:3])).rgb,
    )
    page = standalone_html(pictures, title=result.photo.name, subject=subject.word)
    with atomic_path(path) as partial:
        partial.write_text(page, encoding="utf-8")


def _embedded(data: bytes, media_type: str) -> dict[str, str]:
    return {"url": f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"}
