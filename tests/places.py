"""Where things are."""

from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
CONFIGS = REPOSITORY / "configs"
DEMO = REPOSITORY / "data" / "demo"
SCRIPTS = REPOSITORY / "scripts"
