"""The page's words, in one place, in every language it speaks.

`label` is for what stands on the page from the start: the browser picks its language. `say` is for what Python
says later; `language_of` tells in which language.
"""

import gradio as gr
from gradio.i18n import I18nData

from refocus.engines.captions import Words
from refocus.optics import APERTURE_NAMES
from refocus.ui.words.english import ENGLISH
from refocus.ui.words.german import GERMAN
from refocus.ui.words.translation import translated

TITLE = "Refocus"
LANGUAGES: dict[str, dict[str, str]] = {"en": ENGLISH, "de": GERMAN}
"""Language code to its words; all have the keys of English."""


def _own(key: str) -> str:
    """Gradio's own words share one table with ours, and a dot means a level in it."""
    return f"refocus_{key.replace('.', '_')}"


_SAID_BY_PYTHON = "caption."
I18N = gr.I18n(
    **{
        code: {_own(key): text for key, text in words.items() if not key.startswith(_SAID_BY_PYTHON)}
        for code, words in LANGUAGES.items()
    }
)
"""Goes to `launch(i18n=...)`."""


def label(key: str) -> I18nData:
    """The words of a key for a component, in the browser's language. Raises KeyError for a key nobody has."""
    if key not in ENGLISH:
        raise KeyError(key)
    return I18N(_own(key))


def say(key: str, language: str = "en", **values: object) -> str:
    """The words of a key as text.

    Args:
        key: as in `ENGLISH`.
        language: a code of `LANGUAGES`.
        values: what stands in for {names} in the words.
    """
    return LANGUAGES[language][key].format(**values)


def for_page(prefix: str) -> dict[str, dict[str, str]]:
    """The words under a prefix in all languages, for a component's own script: {"en": {"title": ...}, ...}."""
    start = f"{prefix}."
    return {
        language: {key.removeprefix(start): text for key, text in words.items() if key.startswith(start)}
        for language, words in LANGUAGES.items()
    }


def captions(language: str = "en") -> Words:
    """The words of headings and captions of a comparison."""
    phrases = for_page(_SAID_BY_PYTHON.removesuffix("."))[language]
    shapes = {f"aperture.{name}": say(f"aperture.{name}", language) for name in APERTURE_NAMES}
    if language == "en":  # within a line
        shapes = {key: shape.lower() for key, shape in shapes.items()}
    return Words(
        {**phrases, **shapes},
        lambda text: translated(text, language),
        lambda spec: translated(spec.title, language),
    )


def language_of(request: gr.Request | None) -> str:
    """The first language the browser asks for that the page speaks; English when there is none."""
    asked = "" if request is None else request.headers.get("accept-language", "")
    for wanted in asked.split(","):
        code = wanted.split(";")[0].strip().lower().split("-")[0]
        if code in LANGUAGES:
            return code
    return "en"
