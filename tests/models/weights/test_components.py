"""Weights on disk, judged by names, headers and sizes."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import torch

from refocus.core import WeightsMissing
from refocus.models.weights.components import (
    ComponentSpec,
    check_component,
    load_model,
    read_json,
    tensor_shapes,
    weight_files,
    weights_variant,
)

PART = ComponentSpec("part", ("Model", "ModelFast"), weights="model", require={"channels": 8})


def safetensors(path: Path, **tensors: tuple[int, ...]) -> Path:
    """Write float32 zeros in the format: header length, header, bytes."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in tensors.items():
        count = 4
        for side in shape:
            count *= side
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + count]}
        end += count
    raw = json.dumps(header).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + bytes(end))
    return path


def test_shapes_come_from_the_header(tmp_path: Path) -> None:
    path = safetensors(tmp_path / "a.safetensors", weight=(2, 3), bias=(3,), scalar=())
    assert tensor_shapes(path) == {"weight": (2, 3), "bias": (3,), "scalar": ()}


def test_the_header_is_enough(tmp_path: Path) -> None:
    """A file of 4 TB on paper, sparse on disk: reading its tensors would be noticed."""
    path = safetensors(tmp_path / "a.safetensors")
    raw = json.dumps({"big": {"dtype": "F32", "shape": [2**30], "data_offsets": [0, 2**32]}}).encode()
    path.write_bytes(struct.pack("<Q", len(raw)) + raw)
    with path.open("r+b") as file:
        file.truncate(8 + len(raw) + 2**32)
    assert tensor_shapes(path) == {"big": (2**30,)}


@pytest.mark.parametrize("cut", [1, 5, 24, 30, 100])
def test_truncated_files_are_told_from_whole_ones(tmp_path: Path, cut: int) -> None:
    path = safetensors(tmp_path / "a.safetensors", weight=(2, 3))
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(WeightsMissing, match=r"a\.safetensors") as caught:
        tensor_shapes(path)
    assert "half downloaded" in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        bytes(8),
        b"\xff" * 64,
        struct.pack("<Q", 4) + b"oops",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 9) + b'{"a": {}}',
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 10\n",
        b"<!DOCTYPE html><html>Please log in</html>",
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsMissing, match=r"a\.safetensors") as caught:
        tensor_shapes(path)
    assert caught.value.todo


def test_git_lfs_placeholders_are_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(WeightsMissing) as caught:
        tensor_shapes(tmp_path / "a")
    assert "git lfs pull" in caught.value.todo


def test_a_link_to_a_file_that_never_arrived(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").symlink_to(tmp_path / "blobs" / "gone")
    assert weight_files(tmp_path, "model") == [tmp_path / "model.safetensors"]
    with pytest.raises(WeightsMissing, match="missing"):
        tensor_shapes(tmp_path / "model.safetensors")


def test_plain_files_are_preferred_to_fp16(tmp_path: Path) -> None:
    half = safetensors(tmp_path / "model.fp16.safetensors")
    assert weights_variant(tmp_path, "model") == "fp16"
    assert weight_files(tmp_path, "model") == [half]
    plain = safetensors(tmp_path / "model.safetensors")
    assert weights_variant(tmp_path, "model") is None
    assert weight_files(tmp_path, "model") == [plain]
    assert weight_files(tmp_path, "model", variant="fp16") == [half]


def test_a_variant_asked_for_must_be_there(tmp_path: Path) -> None:
    safetensors(tmp_path / "model.safetensors")
    with pytest.raises(WeightsMissing, match="fp16"):
        weight_files(tmp_path, "model", variant="fp16")


def test_sharded_fp16_weights(tmp_path: Path) -> None:
    index = {"weight_map": {"a": "model.fp16-00001-of-00001.safetensors"}}
    (tmp_path / "model.safetensors.index.fp16.json").write_text(json.dumps(index))
    assert weight_files(tmp_path, "model") == [tmp_path / "model.fp16-00001-of-00001.safetensors"]
    assert weights_variant(tmp_path, "model") == "fp16"


def test_running_out_of_memory_while_loading_is_not_a_damaged_file(tmp_path: Path) -> None:
    class Large:
        @classmethod
        def from_pretrained(cls, *_: object, **__: object) -> None:
            raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        load_model(Large, tmp_path)


def test_shards_are_all_needed(tmp_path: Path) -> None:
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors", "c": "model-1.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    (tmp_path / "config.json").write_text(json.dumps({"_class_name": "Model", "channels": 8}))
    safetensors(tmp_path / "model-1.safetensors", a=(1,), c=(2,))
    with pytest.raises(WeightsMissing, match="model-2"):
        check_component(tmp_path, PART)
    safetensors(tmp_path / "model-2.safetensors", b=(3,))
    assert check_component(tmp_path, PART) == {"a": (1,), "b": (3,), "c": (2,)}


@pytest.mark.parametrize(
    "config",
    [
        {"_class_name": "Model", "channels": 8},
        {"_class_name": "ModelFast", "channels": 8},
        {"architectures": ["Model"], "channels": 8},
    ],
)
def test_the_right_config(tmp_path: Path, config: dict[str, object]) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    safetensors(tmp_path / "model.safetensors", a=(1,))
    assert check_component(tmp_path, PART) == {"a": (1,)}


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ({"_class_name": "Other", "channels": 8}, "Other"),
        ({"_class_name": "Model", "channels": 4}, "channels"),
        ({"channels": 8}, "unknown"),
        ([1], "not a model's config"),
    ],
)
def test_the_wrong_config(tmp_path: Path, config: object, word: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    safetensors(tmp_path / "model.safetensors", a=(1,))
    with pytest.raises(WeightsMissing, match=word) as caught:
        check_component(tmp_path, PART)
    assert caught.value.todo


def test_an_unreadable_config(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(b"{\xff")
    with pytest.raises(WeightsMissing, match="cannot be read"):
        read_json(tmp_path / "config.json")
