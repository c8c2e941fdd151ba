import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import refocus
from refocus.core import BadInput, SeveralProblems
from refocus.ui.words.translation import is_translated, sentences, told, translated

PACKAGE = Path(refocus.__file__).parent
SPOKEN_BY = ("core", "depth", "engines", "media", "models", "optics", "prompt", "restore", "ui", "pipeline.py")
UNHEARD = re.compile(
    # what only the command line does, and whoever trains the restorer
    r"engines/(many|one_scene|settings_file)|media/mask|restore/training|ui/launch"
    # what only Python callers can get wrong: shapes, types and ranges of arrays
    r"|core/(focal_stack|scene)|depth/(source|strokes)|optics/(aperture|checks|highlights|render|stack_frames|thin_lens)"
    r"|media/(animation|moving|photo|stack_files|sweep|video)\.|models/(photos|noise|numbers|phrase_mask)|prompt/(parser|regions)"
    r"|models/focal_stack/(pipeline|inputs|settings)|models/generative_refocus/(checks|defocus|pipeline|tiling|loading)"
    # descriptions of fields, for the API page
    r"|ui/(api|prompt_api|compare_view|shelf|take_away|viewer/payload|touch_up/view|comparing/(views|api))"
    # answers to other sites and to programs, never on the page
    r"|ui/http_policy"
    # word lists, and patterns of prompts
    r"|prompt/(vocabulary|grammar|nouns|spelling|style|terms|written_words|reader|noun_phrases|numbers)|ui/words"
)
SAID_BY = {"BadInput", "EngineNotReady", "WeightsMissing", "Readiness", "EngineSpec"}
ASSEMBLED = {
    "{}; took what stands out most{}{}. Tap to correct it.": "The built-in finder does not know “owl”; took what "
    "stands out most at the top in the background. Tap to correct it.",
    "Took what stands out most{}{}.": "Took what stands out most in the background.",
    "{} marked the {}{} ({} % of the picture).": "CLIPSeg marked the dog, the one on the left (12 % of the picture).",
    "{}; its eyes should be here.": "Found 2 faces, took the clearest; its eyes should be here.",
    "The video model worked at {}x{} px; the frames are {}x{} px{}.": "The video model worked at 8x8 px; the frames "
    "are 9x9 px, with the photo's own detail where they show the same.",
}
"""Patterns put together from parts in the source, with one such sentence."""
MODULES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] in SPOKEN_BY and not UNHEARD.search(str(path.relative_to(PACKAGE)))
]


def pattern_of(node: ast.AST) -> str | None:
    """A string of the source with {} for what changes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def spoken_in(path: Path) -> Iterator[str]:
    """What a module can say: arguments of its errors and readiness, and whatever reads like a sentence."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    said = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            silent |= {id(part) for part in ast.walk(node) if part is not node}
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in SAID_BY:
            said |= {
                id(part) for value in [*node.args, *(word.value for word in node.keywords)] for part in ast.walk(value)
            }
    for node in ast.walk(tree):
        text = None if id(node) in silent else pattern_of(node)
        if text is None or " " not in text.strip() or not re.search("[A-Za-z]{3}", text):
            continue
        if id(node) in said or re.fullmatch(r"\W*[A-Z“{].* .*\.", text.strip(), re.DOTALL):
            yield text


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_everything_that_can_be_said_on_the_page_is_there_in_german(path: Path) -> None:
    said = (ASSEMBLED.get(text, text) for text in spoken_in(path))
    missing = [text for text in said if not is_translated(text.replace("{}", "x1"), "de")]
    assert missing == []


def test_the_test_sees_what_is_not_translated(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('"""A doc."""\nraise BadInput(f"The {thing} is odd.", todo="Mend it now")\n')
    assert list(spoken_in(module)) == ["The {} is odd.", "Mend it now"]
    assert not is_translated("The hat is odd.", "de")


def test_every_entry_is_still_said_somewhere() -> None:
    """Some are put together from parts, so only the words are looked for."""
    nodes = (node for path in PACKAGE.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    source = "\n".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    known = set(re.findall(r"\w+", source))
    assert [english for english in sentences("de") if not set(re.findall(r"\w+", english)) <= known] == []


def test_what_changes_stands_in_both_languages() -> None:
    for english, german in sentences("de").items():
        used = {int(index) for index in re.findall(r"\{(\d+)\}", german)}
        assert used <= set(range(english.count("{}"))), english


@pytest.mark.parametrize(
    ("english", "german"),
    [
        (
            "Depth: estimated from the picture alone; fairly sure (0.71 of 1).",
            "Tiefe: aus dem Bild allein geschätzt; ziemlich sicher (0.71 von 1).",
        ),
        (
            "Thin lens was chosen automatically: Video diffusion is only taken by name (without a GPU half a megapixel "
            "takes about 8 hours).",
            "Dünne Linse wurde automatisch gewählt: Videodiffusion läuft nur, wenn es ausdrücklich gewählt ist (ohne "
            "GPU braucht ein halbes Megapixel etwa 8 Stunden).",
        ),
        (
            "Found no face for “man”; took what stands out most on the left in the background. Tap to correct it.",
            "Für „man“ kein Gesicht gefunden; genommen wurde, was links im Hintergrund am meisten heraussticht. "
            "Antippen berichtigt es.",
        ),
        ("Making 9 frames: about 8 hours", "9 Bilder entstehen: etwa 8 Stunden"),
        ("focus: red square, left", "Fokus: red square, links"),
    ],
)
def test_sentences_within_sentences_are_translated_too(english: str, german: str) -> None:
    assert translated(english, "de") == german


def test_the_user_s_own_words_stay() -> None:
    assert translated("Not understood: sure.", "de") == "Nicht verstanden: „sure“."


def test_unknown_sentences_stay_and_their_neighbours_are_translated() -> None:
    said = translated("Nobody wrote this one down. Reload the page.", "de")
    assert said == "Nobody wrote this one down. Bitte die Seite neu laden."


def test_english_stays_as_it_is() -> None:
    assert translated("Reload the page.", "en") == "Reload the page."


def test_names_in_braces_do_no_harm() -> None:
    assert translated("{0} is damaged.", "de") == "{0} ist beschädigt."


def test_several_errors_are_told_one_by_one() -> None:
    errors = [BadInput("cat.npy is damaged."), BadInput("There is no stroke x.", todo="Reload the page.")]
    said = told(SeveralProblems(errors), "de")
    assert said.startswith("2 Dinge stimmen nicht: cat.npy ist beschädigt; Einen Strich")
    assert said.endswith("Bitte die Seite neu laden.")


def test_an_error_is_told_with_what_to_do() -> None:
    error = BadInput("cat.jpg is empty (0 bytes).", todo="Copy or download it again.")
    assert told(error, "de") == "cat.jpg ist leer (0 Bytes). Bitte noch einmal kopieren oder herunterladen."
    assert told(error, "en") == str(error)
