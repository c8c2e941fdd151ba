"""A new option is one field of `RefocusRequest`: everything else reads it from there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "refocus"
FIELD = """
    grain: float = option(
        0.0,
        label="Film grain",
        help="strength of the film grain, 0 to 1",
        minimum=0,
        maximum=1,
        slider=Slider(0, 1, 0.05),
        engines=frozenset({THIN_LENS}),
        caption="grain {:g}".format,
    )

    def __post_init__(self)"""
CHECKS = {
    "command line": """
from refocus.cli.program import build_parser
from refocus.cli.arguments import StackArguments
parser = build_parser()
args = parser.parse_args(["stack", "cat.jpg", "--out", "out", "--grain", "0.4"])
assert StackArguments.read(args).request_args.request().grain == 0.4
assert StackArguments.read(parser.parse_args(["stack", "cat.jpg", "--out", "out"])).request_args.request().grain == 0.0
assert "strength of the film grain" in parser._subparsers._group_actions[0].choices["stack"].format_help()
""",
    "compare --with": """
from refocus.cli.program import build_parser
from refocus.cli.compare_variants import read_variants
args = build_parser().parse_args(["compare", "cat.jpg", "--out", "a.png", "--with", "thin-lens,grain=0.4"])
assert read_variants(args, ["thin-lens"])[0].variant.request.grain == 0.4
""",
    "captions": """
from refocus import RefocusRequest
from refocus.compare.captions import labels_of
from refocus.compare.variants import Variant
variants = [Variant(RefocusRequest(grain=grain), "thin-lens") for grain in (0.0, 0.4)]
assert labels_of(variants) == ["thin-lens, grain 0", "thin-lens, grain 0.4"]
""",
    "settings files": """
import sys
from refocus import RefocusRequest
from refocus.results.saved import StackSettings, read_settings, write_settings
settings = StackSettings("thin-lens", RefocusRequest(grain=0.4))
write_settings(sys.argv[1] + "/settings.json", settings)
assert read_settings(sys.argv[1] + "/settings.json") == settings
""",
    "engine": """
from refocus import RefocusPipeline
specs = {engine.spec.name: engine.spec for engine in RefocusPipeline().engines}
assert "grain" in specs["thin-lens"].options
assert "grain" not in specs["generative"].options
""",
    "links": """
from refocus.ui.controls.control_values import values_from_query
assert values_from_query({"grain": "0.4"}) == {"grain": 0.4}
""",
    "page and API": """
from refocus.core.settings import Settings
from refocus.ui.app.launch import build_app
app, _ = build_app(Settings())
(parameter,) = (
    declared
    for declared in app.get_api_info()["named_endpoints"]["/refocus"]["parameters"]
    if declared["parameter_name"] == "grain"
)
assert (parameter["python_type"]["type"], parameter["parameter_default"]) == ("float", 0.0)
(slider,) = (block for block in app.blocks.values() if getattr(block, "elem_id", None) == "grain")
assert (slider.label, slider.minimum, slider.maximum, slider.step) == ("Film grain", 0, 1, 0.05)
""",
    "range": """
from refocus import RefocusRequest
from refocus.core import BadInput
try:
    RefocusRequest(grain=2)
except BadInput as error:
    assert str(error) == "The film grain 2 is not possible. Choose 0 to 1."
else:
    raise AssertionError
""",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package, to which one field was added."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(PACKAGE, folder / "refocus", ignore=shutil.ignore_patterns("__pycache__"))
    request = folder / "refocus" / "results" / "request.py"
    source = request.read_text(encoding="utf-8")
    assert source.count("\n    def __post_init__(self)") == 1
    request.write_text(source.replace("\n    def __post_init__(self)", FIELD), encoding="utf-8")
    return folder


@pytest.mark.parametrize("place", CHECKS)
def test_a_new_option_reaches(place: str, package: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHECKS[place], str(tmp_path)],
        cwd=package,
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
