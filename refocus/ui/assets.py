"""Where the example photos and the stored first result are."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def assets_folder() -> Path:
    """`refocus/assets` in an installed package, `assets` beside the package in a checkout; see pyproject.toml."""
    installed = _PACKAGE / "assets"
    return installed if installed.is_dir() else _PACKAGE.parent / "assets"
