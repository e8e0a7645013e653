"""Notes what the pretrained networks were trained on in their folders; docs/training_data.md has the speech.

    python scripts/note_training_speech.py

A training does so by itself; these are older. The recordings are analysed for each network in its own way, without the
variants: a minute each.
"""

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from mfccinv.configs.presets import preset_settings
from mfccinv.datasets.builder import build_dataset
from mfccinv.datasets.settings import BuildSettings
from mfccinv.run_folders.learned_from import LearnedFrom
from mfccinv.run_folders.run_folder import PRETRAINED, RunFolder, pretrained_names
from mfccinv.system.checksums import write_recorded


def main() -> None:
    for name in pretrained_names():
        run = RunFolder(PRETRAINED / name)
        with TemporaryDirectory() as folder:
            plain = {"augment": dict(preset_settings("augment", "none")), "features": asdict(run.spec)}
            place = {"dataset": run.config["dataset"] | {"root": folder, "linear": False}}
            config = run.config | plain | place
            learned_from = LearnedFrom.of(build_dataset(BuildSettings.from_config(config), verify=False))
        write_recorded(Path(run.folder, "learned_from.json"), learned_from.to_json())
        voices = sum(map(len, learned_from.voices.values()))
        print(f"{name}: {voices} voices, {len(learned_from.recordings)} recordings")


if __name__ == "__main__":
    main()
