"""Make the weights of the face detector, and the outputs that its parity test compares with, from MediaPipe's package.

    npm pack @mediapipe/face_detection@0.4.1657300184
    tar xzf mediapipe-face_detection-0.4.1657300184.tgz
    python -m refocus.training.faces.convert package/face_detection_full_range.tflite OUT.safetensors
    python -m refocus.training.faces.convert package/face_detection_full_range.tflite OUT.npz --outputs-for PHOTO

The package stores its weights in half precision; they are kept as they are, under the names of our layers. The second
form writes `photo` (192, 192, 3) uint8, the given photo reduced to that size, and what the .tflite predicts for it:
`logits` (48, 48) and `geometry` (48, 48, 16) float32. Needs ai-edge-litert (version 2.3.0 was used).
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn

from refocus.models.faces.network import FaceNetwork

SIDE_PX = 192
_HEADS = {"score": "classifier_face_4", "geometry": "regressor_face_4"}


def tensors_of(interpreter: Any) -> dict[str, Tensor]:
    """The weights of the .tflite under the names of `FaceNetwork`.

    Both number their convolutions, and separately their depthwise ones, in the order in which they run.
    """
    stored = {
        detail["name"]: interpreter.get_tensor(detail["index"])
        for detail in interpreter.get_tensor_details()
        if detail["dtype"] == np.float16 and detail["name"]
    }
    plain, depthwise = _numbered("conv2d"), _numbered("depthwise_conv2d")
    tensors: dict[str, Tensor] = {}
    for name, layer in FaceNetwork().named_modules():
        if isinstance(layer, nn.Conv2d):
            source = _HEADS.get(name) or next(depthwise if layer.groups > 1 else plain)
            order = (3, 0, 1, 2) if layer.groups > 1 else (0, 3, 1, 2)  # to (out, in, height, width)
            tensors[f"{name}.weight"] = _half(stored.pop(f"{source}/Kernel").transpose(order))
            tensors[f"{name}.bias"] = _half(stored.pop(f"{source}/Bias"))
    if stored:
        raise ValueError(f"the .tflite has weights that the network lacks: {sorted(stored)}")
    return tensors


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 1
    while True:
        yield f"{name}_{number}"
        number += 1


def _half(values: NDArray[np.float16]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values))


def outputs_of(interpreter: Any, photo_srgb: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
    """What the .tflite predicts for a (192, 192, 3) photo, beside the photo."""
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], photo_srgb[None].astype(np.float32) / 127.5 - 1)
    interpreter.invoke()
    found = {
        detail["shape"][-1]: interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()
    }
    return {"photo": photo_srgb, "logits": found[1].reshape(48, 48), "geometry": found[16].reshape(48, 48, 16)}


def main() -> None:
    """Write the weights, or outputs to compare with."""
    from ai_edge_litert.interpreter import Interpreter

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tflite", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--outputs-for", type=Path, metavar="PHOTO")
    arguments = parser.parse_args()
    interpreter = Interpreter(str(arguments.tflite))
    interpreter.allocate_tensors()
    if arguments.outputs_for is None:
        save_file(tensors_of(interpreter), arguments.out)
        return
    photo = cv2.imread(str(arguments.outputs_for))
    if photo is None:
        raise SystemExit(f"{arguments.outputs_for} cannot be read as a picture.")
    small = cv2.resize(photo, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    outputs = outputs_of(interpreter, np.asarray(small[..., ::-1], dtype=np.uint8))
    with arguments.out.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **outputs)


if __name__ == "__main__":
    main()
