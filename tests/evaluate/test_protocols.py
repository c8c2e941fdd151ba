"""The definitions of both published protocols, against plain numpy, and what they print beside a run."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.signal import convolve2d

from refocus import Photo, RefocusPipeline
from refocus.cli import main
from refocus.core.settings import Settings
from refocus.evaluate.k_series import laplacian_variance, lv_correlation
from refocus.evaluate.metrics import vif_unit
from refocus.evaluate.published import GENFOCUS_PAPER, format_table
from refocus.models.clip_similarity import ClipImageSimilarity
from tests.evaluate.pictures import blurred_stack, textured, write_stack

pytestmark = pytest.mark.usefixtures("one_thread")
Picture = NDArray[np.uint8]


def evaluated(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[dict[str, Any], str]:
    assert main(["evaluate", *arguments]) == 0
    said = capsys.readouterr()
    return json.loads(said.out), said.err


def squared_error(predicted: Picture, truth: Picture) -> NDArray[np.float64]:
    return ((predicted.astype(float) - truth) / 255) ** 2


def plain_vif(reference: NDArray[np.float64], distorted: NDArray[np.float64]) -> float:
    """VIF in the pixel domain (Sheikh and Bovik 2006), of one channel."""
    carried, available = 0.0, 0.0
    for scale in range(4):
        side = 2 ** (4 - scale) + 1
        axis = np.exp(-(((np.arange(side) - side // 2) / (side / 5)) ** 2) / 2)
        window = np.outer(axis, axis) / axis.sum() ** 2

        def mean(values: NDArray[np.float64], window: NDArray[np.float64] = window) -> NDArray[np.float64]:
            return convolve2d(values, window, "valid")

        if scale:
            reference, distorted = mean(reference)[::2, ::2], mean(distorted)[::2, ::2]
        reference_mean, distorted_mean = mean(reference), mean(distorted)
        reference_variance = np.maximum(mean(reference**2) - reference_mean**2, 0)
        distorted_variance = np.maximum(mean(distorted**2) - distorted_mean**2, 0)
        covariance = mean(reference * distorted) - reference_mean * distorted_mean
        gain = covariance / (reference_variance + 1e-10)
        noise = distorted_variance - gain * covariance
        noise = np.where(gain < 0, distorted_variance, noise)
        gain = np.maximum(gain, 0)
        noise = np.maximum(noise, 1e-10)
        carried += np.log10(1 + gain**2 * reference_variance / (noise + 2)).sum()
        available += np.log10(1 + reference_variance / 2).sum()
    return float(carried / available)


def test_vif_has_the_truth_first_and_values_in_0_to_1() -> None:
    predicted, truth = textured(0), textured(1)
    channels = [plain_vif(predicted[..., c] / 255, truth[..., c] / 255) for c in range(3)]
    assert vif_unit(predicted, truth) == pytest.approx(np.mean(channels), rel=0.02)
    assert vif_unit(predicted, truth) != pytest.approx(vif_unit(truth, predicted), rel=0.02)


def test_psnr_is_pooled_over_the_scenes_of_a_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    errors = []
    for scene, spread in (("calm", 2), ("wild", 60)):
        truth = blurred_stack(0, 3)
        noise = np.random.default_rng(1).integers(-spread, spread + 1, truth.shape)
        predicted = np.clip(truth + noise, 0, 255).astype(np.uint8)
        write_stack(tmp_path / "truth" / scene, truth)
        write_stack(tmp_path / "predicted" / scene, predicted)
        errors.append(squared_error(predicted, truth))
    places = str(tmp_path / "predicted"), str(tmp_path / "truth")
    numbers, _ = evaluated(capsys, *places, "--metrics", "psnr", "--protocol", "learn2refocus")
    pooled = [-10 * np.log10(np.mean([error[frame] for error in errors])) for frame in range(3)]
    assert numbers["grid"]["psnr"][0] == pytest.approx(pooled)
    assert numbers["mean"]["psnr"] == pytest.approx(-10 * np.log10(np.mean(errors)))
    usual, _ = evaluated(capsys, *places, "--metrics", "psnr")
    assert usual["mean"]["psnr"] == pytest.approx(np.mean([-10 * np.log10(e.mean((1, 2, 3))) for e in errors]))
    assert "published" not in usual


def test_lvcorr_is_minus_the_correlation_of_k_and_the_laplacian_s_variance() -> None:
    pictures = list(blurred_stack(3, 4))
    variances = []
    for picture in pictures:
        grey = np.pad(np.asarray(Image.fromarray(picture).convert("L"), float), 1, mode="reflect")
        centre = grey[1:-1, 1:-1]
        variances.append((grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * centre).var())
    assert [laplacian_variance(picture) for picture in pictures] == pytest.approx(variances, rel=0.02)
    ks = np.array([5.0, 10.0, 20.0, 30.0])
    off_k, off_variance = ks - ks.mean(), np.array(variances) - np.mean(variances)
    expected = -(off_k * off_variance).sum() / np.sqrt((off_k**2).sum() * (off_variance**2).sum())
    assert lv_correlation(ks, pictures) == pytest.approx(expected, abs=0.02)
    assert np.isnan(lv_correlation(ks, [pictures[0]] * 4))


def test_a_series_of_k_from_a_tiny_model(tmp_path: Path, tiny_flux: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline = RefocusPipeline(Settings(models=tiny_flux, device="cpu"))
    photo = Photo.from_array(textured(5, 96, 96))
    result = pipeline.refocus(photo, engine="generative", steps=1, frames=3, k=0, sharp=True, depth_source="built-in")
    series = tmp_path / "series" / "cat"
    series.mkdir(parents=True)
    pictures = {k: result.bokeh(position=0, k=k) for k in (5, 50, 200)}
    for k, picture in pictures.items():
        Image.fromarray(picture).save(series / f"k_{k}.png")
    (tmp_path / "truth").mkdir()
    Image.fromarray(pictures[50]).save(tmp_path / "truth" / "cat.png")
    numbers, said = evaluated(
        capsys, str(tmp_path / "series"), str(tmp_path / "truth"), "--protocol", "genfocus", "--model", str(tmp_path)
    )
    assert numbers["mean"]["best_k"] == 50
    assert numbers["mean"]["ssim"] == pytest.approx(1)
    assert numbers["mean"]["lvcorr"] == pytest.approx(lv_correlation([5, 50, 200], list(pictures.values())))
    assert {"dists", "clip_i", "maniqa", "musiq"} <= numbers["left_out"].keys()
    assert "minus the Pearson correlation" in numbers["definitions"]["lvcorr"]
    assert [row["system"] for row in numbers["published"]][:2] == ["this run", "Genfocus"]
    assert numbers["published"][3]["source"] == GENFOCUS_PAPER
    assert "| Genfocus | LF-Bokeh |" in said


def test_a_stack_of_a_tiny_video_model(
    tmp_path: Path, tiny_video_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = RefocusPipeline(Settings(models=tiny_video_model, device="cpu"))
    result = pipeline.refocus(
        Photo.from_array(textured(6, 128, 128)), engine="video-diffusion", steps=1, input_position=4
    )
    result.save(tmp_path / "predicted")
    frames = result.stack.frames
    truth = np.clip(frames + np.random.default_rng(0).integers(-9, 10, frames.shape), 0, 255).astype(np.uint8)
    write_stack(tmp_path / "truth", truth)
    numbers, said = evaluated(
        capsys,
        str(tmp_path / "predicted"),
        str(tmp_path / "truth"),
        "--protocol",
        "learn2refocus",
        "--model",
        str(tmp_path),
    )
    assert numbers["mean"]["psnr"] == pytest.approx(-10 * np.log10(squared_error(frames, truth).mean()), abs=1e-4)
    assert "(truth, predicted)" in numbers["definitions"]["vif"]
    assert "| Learning to Refocus | LF-Refocus |" in said


def test_clip_i_is_the_cosine_of_the_embeddings(tmp_path: Path) -> None:
    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = CLIPConfig(
            text_config={**sizes, "vocab_size": 10},
            vision_config={**sizes, "image_size": 32, "patch_size": 16, "projection_dim": 8},
            projection_dim=8,
        )
        CLIPModel(config).save_pretrained(tmp_path)
    CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}).save_pretrained(tmp_path)
    clip_i = ClipImageSimilarity.from_folder(tmp_path, "cpu")
    first, second = textured(0), textured(1)
    pixels = clip_i.processor(images=[first, second], return_tensors="pt")
    with torch.no_grad():
        embeddings = clip_i.model(**pixels).image_embeds.numpy().astype(float)
    a, b = embeddings
    assert clip_i(first, second) == pytest.approx((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()), abs=1e-6)
    assert clip_i(first, first) == pytest.approx(1)


def test_what_a_run_lacks_is_a_dash_in_the_table() -> None:
    assert format_table([{"system": "a", "x": 0.12345}, {"system": "b", "y": 2.0}]) == (
        "| system | x | y |\n| --- | --- | --- |\n| a | 0.1235 | – |\n| b | – | 2 |\n"
    )


@pytest.mark.parametrize(("size", "said"), [((80, 60), "has no true picture"), ((40, 30), "differ in size")])
def test_series_that_do_not_fit_are_refused(
    size: tuple[int, int], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "series" / "cat").mkdir(parents=True)
    for k in (5, 10):
        Image.fromarray(textured(k)).save(tmp_path / "series" / "cat" / f"k_{k}.png")
    (tmp_path / "truth").mkdir()
    name = "cat.png" if "differ" in said else "dog.png"
    Image.fromarray(textured(0)).resize(size).save(tmp_path / "truth" / name)
    assert main(["evaluate", str(tmp_path / "series"), str(tmp_path / "truth"), "--protocol", "genfocus"]) == 2
    assert said in capsys.readouterr().err
