"""The recogniser's network and its stored weights."""

import numpy as np
import torch

from refocus.models.efficientnet_lite import fold_batch_norms, norm_eps
from refocus.models.recognition.network import CLASSES, RecognitionNetwork
from refocus.models.recognition.recogniser import Recognition, restored
from refocus.training.recognition.recogniser_weights import rounded_to_8_bits


def test_folded_batch_norms_change_nothing() -> None:
    torch.manual_seed(0)
    plain = RecognitionNetwork(folded=False).eval()
    for module in plain.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 1.5)
    folded = RecognitionNetwork().eval()
    folded.load_state_dict(fold_batch_norms(plain.state_dict(), norm_eps(plain)))
    images = torch.randn(1, 3, 64, 96)
    with torch.inference_mode():
        expected, found = plain(images), folded(images)
    assert found.shape == (1, CLASSES, 2, 3)
    assert torch.allclose(expected, found, atol=1e-4 * float(expected.abs().max()))


def test_stored_weights_are_within_half_a_step() -> None:
    torch.manual_seed(0)
    state = {"wide.weight": torch.randn(8, 32, 1, 1), "depthwise.weight": torch.randn(8, 1, 3, 3), "b": torch.randn(8)}
    stored = rounded_to_8_bits(state)
    assert stored["wide.weight"].dtype == torch.int8
    found = restored(stored)
    assert found.keys() == state.keys()
    step = stored["wide.weight.scale"].float()
    assert (found["wide.weight"] - state["wide.weight"]).abs().le(0.51 * step).all()
    assert torch.equal(found["depthwise.weight"], state["depthwise.weight"].half().float())


def test_evidence_lies_where_the_class_scores_highest() -> None:
    scores = np.zeros((CLASSES, 4, 5), np.float32)
    scores[7, 1, 3] = 100
    scores[8] = 1
    recognition = Recognition(scores)
    assert recognition.probability([7]) > 0.5 > recognition.probability([8])
    where = recognition.where([7, 8])
    assert where.shape == (4, 5)
    assert np.unravel_index(where.argmax(), where.shape) == (1, 3)
    assert np.isclose(recognition.probability(range(CLASSES)), 1)
