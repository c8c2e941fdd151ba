"""The state of a run, gathered from all processes and restored: trained weights, optimiser, gradient scaler."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)

from refocus.core import BadInput

_FILE = "state.pt"
_GATHERED = StateDictOptions(full_state_dict=True, cpu_offload=True)
_RESTORED = StateDictOptions(full_state_dict=True, strict=False)


class RunState:
    """The parts of a run that training changes.

    The functions of torch.distributed.checkpoint give the same file for one process, DDP and FSDP.

    Args:
        accelerator: of the run.
        network, optimizer: as prepared by the accelerator.
    """

    def __init__(self, accelerator: Accelerator, network: torch.nn.Module, optimizer: Any) -> None:
        self._accelerator = accelerator
        self._network = network
        self._optimizer = getattr(optimizer, "optimizer", optimizer)
        self._trained = {
            name.removeprefix("module.") for name, parameter in network.named_parameters() if parameter.requires_grad
        }

    def weights(self, *, frozen: bool) -> dict[str, torch.Tensor]:
        """The weights by parameter name, on the CPU, for the first process; a call for all of them.

        Args:
            frozen: whether those that are not trained are wanted too.
        """
        options = replace(_GATHERED, ignore_frozen_params=not frozen)
        weights: dict[str, Any] = get_model_state_dict(self._network, options=options)
        return weights

    def gather(self, weights: Mapping[str, torch.Tensor]) -> dict[str, Any]:
        """All that a resumed run needs, for `save` in the first process; a call for all of them.

        Args:
            weights: from `weights`.
        """
        scaler = self._accelerator.scaler
        return {
            "weights": {name: value for name, value in weights.items() if name in self._trained},
            "optimizer": get_optimizer_state_dict(self._network, self._optimizer, options=_GATHERED),
            "scaler": None if scaler is None else scaler.state_dict(),
        }

    def restore(self, folder: Path) -> None:
        """Continue from what `save` wrote into a folder; a call for all processes.

        Raises:
            BadInput: when the file cannot be read, or is of another network.
        """
        path = folder / _FILE
        try:
            saved = torch.load(path, map_location="cpu", weights_only=True)
            missing = self._trained ^ set(saved["weights"])
        except (OSError, RuntimeError, KeyError, TypeError, EOFError, ValueError) as error:
            raise BadInput(f"{path} cannot be read: {error}.", todo="Resume from another checkpoint.") from error
        if missing:
            raise BadInput(
                f"{path} trained other layers than this run, such as {min(missing)}.",
                todo="Resume with the same model and settings.",
            )
        set_model_state_dict(self._network, saved["weights"], options=_RESTORED)
        set_optimizer_state_dict(self._network, self._optimizer, saved["optimizer"], options=_RESTORED)
        if self._accelerator.scaler is not None and saved["scaler"] is not None:
            self._accelerator.scaler.load_state_dict(saved["scaler"])


def save(state: dict[str, Any], folder: Path) -> None:
    """Write a gathered state into a folder."""
    with (folder / _FILE).open("wb") as file:  # by Python's file, whose errors tell that the disk is full
        torch.save(state, file)
