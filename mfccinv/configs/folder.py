"""Folder of the YAML files: here in an installed package, ``configs`` at the top of a checkout."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
CONFIGS = next(
    (folder for folder in (PACKAGE / "configs", PACKAGE.parent / "configs") if (folder / "train.yaml").is_file()),
    PACKAGE / "configs",
)
