"""The FSDP configuration of refocus/training/README.md, on two processes of the CPU: what one process learns."""

import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from refocus.cli import main
from tests.training.generative_data import WINDOW_PX, save_training_data
from tests.training.launching import PROJECT, launch

README = PROJECT / "refocus/training/README.md"

pytestmark = pytest.mark.usefixtures("one_thread")


def test_the_fsdp_configuration_trains_as_one_process_does(tiny_flux: Path, tmp_path: Path) -> None:
    block = re.search(r"^```yaml\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert block is not None
    (tmp_path / "fsdp.yaml").write_text(block[1])
    data = save_training_data(tmp_path / "data")
    common = [
        "train", "bokeh", f"--flux={tiny_flux / 'model'}", f"--data={data}", "--shares=synthetic=1", "--steps=2",
        "--rank=4", "--warmup=0", "--schedule=constant", f"--window-px={WINDOW_PX}", "--learning-rate=0.01",
        "--workers=0",
    ]  # fmt: skip
    assert main([*common, f"--out={tmp_path / 'one'}", "--accumulation=2", "--validate-every=0"]) == 0
    common += ["--validate-every=2", "--validation-steps=1"]
    options = [*common, f"--out={tmp_path / 'two'}", "--accumulation=1"]
    launcher = [f"--config_file={tmp_path / 'fsdp.yaml'}"]
    launch(options, 2, module="tests.training.cpu_as_gpu", launcher=launcher)
    assert "psnr" in (tmp_path / "two" / "validation.jsonl").read_text()
    one, two = (load_file(tmp_path / name / "checkpoint-2" / "bokehNet.safetensors") for name in ("one", "two"))
    assert one.keys() == two.keys()
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=1e-3, atol=1e-5)
