"""Where the program's own files lie, installed or in a checkout."""

from __future__ import annotations

from pathlib import Path


def templates_folder() -> Path:
    """The folder `templates`: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"
