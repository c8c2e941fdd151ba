import errno
import tempfile

import gradio as gr
import pytest

from refocus.ui.security.shown_text import as_html, as_markdown, errors_as_toasts, without_folders, without_folders_in


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("There is no file /srv/gradio/7f3a9/cat.jpg.", "There is no file cat.jpg."),
        (f"The frames of {tempfile.gettempdir()}/refocus-x1/tmp7/wall are few.", "The frames of wall are few."),
        ("[Errno 2] No such file: '/tmp/a/b c.png'", "[Errno 2] No such file: 'b c.png'"),
        (r"C:\Users\me\Temp\cat.jpg is empty.", "cat.jpg is empty."),
        (r"\\server\share\cat.jpg is empty.", "cat.jpg is empty."),
        ("~/models/flux/model.safetensors is missing.", "model.safetensors is missing."),
        ("a long side/short side of 3/2, f/2 and and/or", "a long side/short side of 3/2, f/2 and and/or"),
        ("See https://example.org/a/b/c.", "See https://example.org/a/b/c."),
        ("tedlasai/learn2refocus is not here.", "tedlasai/learn2refocus is not here."),
    ],
)  # fmt: skip
def test_a_path_is_cut_down_to_its_name(said: str, shown: str) -> None:
    assert without_folders(said) == shown


def test_folders_with_blanks_are_known_where_the_server_keeps_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from refocus.ui.security import shown_text

    place = tmp_path_factory.mktemp("my files")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(place))
    shown_text._roots.cache_clear()
    try:
        assert without_folders(f"{place}/7f3a/my cat.jpg is empty.") == "my cat.jpg is empty."
    finally:
        shown_text._roots.cache_clear()


def test_every_text_of_what_goes_out_as_json_is_cleaned() -> None:
    values = {"notes": ["from /srv/a/map.npy"], "seconds": {"total": 1.5}, "seed": None, "size": (3, "/srv/b/c")}
    assert without_folders_in(values) == {
        "notes": ["from map.npy"], "seconds": {"total": 1.5}, "seed": None, "size": (3, "c"),
    }  # fmt: skip


def test_html_is_text() -> None:
    assert as_html('<img src=x> & "so"') == "&lt;img src=x&gt; &amp; &quot;so&quot;"


@pytest.mark.parametrize("said", ["plain words, 2.5 to 3.", "its weights are not here. Download them."])
def test_plain_words_are_plain_in_markdown(said: str) -> None:
    assert as_markdown(said) == said


def test_a_full_disk_is_said() -> None:
    with pytest.raises(gr.Error, match="disk is full"), errors_as_toasts():
        raise OSError(errno.ENOSPC, "No space left on device")
