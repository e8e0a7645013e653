"""Makes the checksums beside a changed file agree with it, as a stranger can: its reader has to look at its values."""

import json
from pathlib import Path

from mfccinv.system.checksums import RECORD, checksum_of_json, checksums

LARGEST_MANIFEST = 10**6  # bytes; a larger one is hostile by its size


def agree(path: Path) -> None:
    """Remove the record of a run's checksums, or write what a manifest says of a file, or of itself, anew."""
    if not path.is_file() or path.is_symlink() or path.name == RECORD:
        return
    path.with_name(RECORD).unlink(missing_ok=True)
    place = path.with_name("manifest.json")
    if not place.is_file() or place.stat().st_size > LARGEST_MANIFEST:
        return
    try:
        manifest = {key: value for key, value in json.loads(place.read_text()).items() if key != "checksum"}
        if path != place:
            entries = {entry["name"]: entry for entry in manifest["shards"]} | manifest["files"]
            entries[path.name].update(checksums(path))
        place.write_text(json.dumps(manifest | {"checksum": checksum_of_json(manifest)}))
    except (AttributeError, RecursionError, ValueError):  # it is no JSON, or no object
        return
