from pathlib import Path

from gradio.data_classes import ImageData

from refocus.ui.photo.photo_input import PhotoInput


def control() -> PhotoInput:
    return PhotoInput(type="filepath", image_mode=None)


def test_the_file_is_handed_over_untouched_whatever_it_is(tmp_path: Path) -> None:
    path = tmp_path / "no picture.heic"
    path.write_text("nothing an image library opens")
    assert control().preprocess(ImageData(path=str(path), orig_name="no picture.heic")) == str(path)


def test_an_empty_control_gives_nothing() -> None:
    assert control().preprocess(None) is None
    assert control().preprocess(ImageData()) is None
    assert control().preprocess(ImageData(url="http://127.0.0.1/just-removed.png")) is None


def test_the_browser_gets_the_usual_image_control_with_its_settings() -> None:
    config = PhotoInput(type="filepath", image_mode=None, sources=["upload"]).get_config()
    assert control().get_block_name() == "image"
    assert config["sources"] == ["upload"]
