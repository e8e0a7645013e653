"""Where the YAML files are: an installed package has them here, a checkout in its folder ``configs`` alone."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
CONFIGS = next(
    (folder for folder in (PACKAGE / "configs", PACKAGE.parent / "configs") if (folder / "train.yaml").is_file()),
    PACKAGE / "configs",
)
