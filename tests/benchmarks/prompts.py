"""Prints how many listed prompts are read right, and how long a prompt takes (seconds of one core).

    python tests/benchmarks/prompts.py [FILE.json ...] [--failures]

Each file is a list as tests/prompts/expectations.py describes. In the project's own files a field that is not named
must be null, so inventions count too; --listed-only leaves them out.
"""

import argparse
import sys
import time
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(_PROJECT))

from refocus.core.bokeh_spec import BokehSpec  # noqa: E402
from refocus.prompts.parser import parse_prompt  # noqa: E402
from tests.prompts.expectations import LISTS, load_cases, wrong_fields  # noqa: E402


def _report(path: Path, *, listed_only: bool, failures: bool) -> None:
    cases = load_cases(path)
    right = 0
    for case in cases:
        spec = parse_prompt(case["prompt"])
        wrong = wrong_fields(spec, case["expect"], listed_only=listed_only)
        right += not wrong
        if failures and wrong:
            print(f"  {case['prompt']!r}\n    wrong: {wrong}\n    wanted {case['expect']}\n    got    {_short(spec)}")
    print(f"{path.name}: {right} of {len(cases)} prompts right ({100 * right / len(cases):.1f} %)")


def _short(spec: BokehSpec) -> dict:
    return {name: value for name, value in spec.to_dict().items() if value not in (None, [])}


def _milliseconds(text: str) -> float:
    parse_prompt(text)
    best = float("inf")
    for _ in range(20):
        began = time.process_time()
        parse_prompt(text)
        best = min(best, time.process_time() - began)
    return 1e3 * best


def main() -> None:
    """Read the command line, print one line a file and the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, default=LISTS)
    parser.add_argument("--failures", action="store_true", help="print what came out wrong")
    parser.add_argument("--listed-only", action="store_true", help="count only the fields a file names")
    arguments = parser.parse_args()
    for path in arguments.files:
        _report(path, listed_only=arguments.listed_only, failures=arguments.failures)
    typical = "keep the woman's face sharp and melt everything behind her, 85mm f/1.4, heart-shaped bokeh"
    filled = (
        typical + " and the bird on the left. rack focus from the cup to the window, one and a half metres. "
    ) * 15
    print(f"processor time: {_milliseconds(typical):.2f} ms for {len(typical)} characters", end=", ")
    print(f"{_milliseconds(filled[:2000]):.2f} ms for 2000")


if __name__ == "__main__":
    main()
