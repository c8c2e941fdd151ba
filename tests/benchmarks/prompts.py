"""Prints how many fields of listed prompts come out right, and how long a prompt takes (seconds of one core).

    python tests/benchmarks/prompts.py [FILE.json ...] [--failures]

Each file lists {"prompt", "expect"}; `expect` names fields, with bounds as blur_min, blur_max, highlights_min. In the
project's own files a field that is not named must be null, so inventions count too; --listed-only leaves them out.
"""

import argparse
import json
import sys
import time
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(_PROJECT))

from refocus.core.bokeh_spec import BokehSpec  # noqa: E402
from refocus.prompts.parser import parse_prompt  # noqa: E402

_BOUNDS = ("_min", "_max")


def field_results(spec: BokehSpec, expect: dict, *, listed_only: bool = False) -> dict[str, bool]:
    """Right or wrong for each expected field, and for each field that should have stayed empty but is not."""
    found = spec.to_dict()
    results = {name: _holds(found, name, wanted) for name, wanted in expect.items()}
    if not listed_only:
        listed = {name.removesuffix("_min").removesuffix("_max") for name in expect} | {"ignored"}
        results |= {name: False for name, value in found.items() if name not in listed and value is not None}
    return results


def _holds(found: dict, name: str, wanted: object) -> bool:
    if name.endswith(_BOUNDS):
        value = found[name[:-4]]
        return value is not None and (value >= wanted if name.endswith("_min") else value <= wanted)
    value = found[name]
    return abs(value - wanted) < 1e-3 if isinstance(wanted, float | int) and value is not None else value == wanted


def _report(path: Path, *, listed_only: bool, failures: bool) -> None:
    cases = json.loads(path.read_text("utf-8"))
    right = total = whole = 0
    for case in cases:
        spec = parse_prompt(case["prompt"])
        results = field_results(spec, case["expect"], listed_only=listed_only)
        right, total, whole = right + sum(results.values()), total + len(results), whole + all(results.values())
        if failures and not all(results.values()):
            wrong = [name for name, good in results.items() if not good]
            print(f"  {case['prompt']!r}\n    wrong: {wrong}\n    wanted {case['expect']}\n    got    {_short(spec)}")
    share = 100 * right / total
    print(f"{path.name}: fields {right}/{total} = {share:.1f} %, prompts wholly right {whole}/{len(cases)}")


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
    own = sorted((_PROJECT / "tests" / "prompt").glob("prompts_*.json"))
    parser.add_argument("files", nargs="*", type=Path, default=own)
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
