"""Differences of two runs: their settings, their software and machines, their numbers."""

from collections.abc import Iterator

from mfccinv.run_folders.run_folder import RunFolder

# Entries of ``environment.json`` that numbers depend on, besides the versions, and their names in messages.
CAUSES = {
    "backend": "backend",
    "devices": "devices",
    "fingerprint": "data set",
    "platform": "platform",
    "processors": "processors",
    "commit": "commit",
}

# Groups and settings that don't change what is trained: names, places, backend, tracker, progress and the like.
NO_RECIPE = (
    *("run", "name", "notes", "resume", "rerun", "backend", "tracker", "leave_one_corpus_out"),
    *("training.progress", "training.memory_gb"),
    *(f"dataset.{name}" for name in ("root", "progress", "workers", "executor", "plain_pairs")),
)


def run_differences(run: RunFolder, other: RunFolder) -> list[str]:
    """List the numbers in which another run differs, epoch by epoch; times are not compared.

    If there are any, their possible causes come first: the data set, versions, the machine.
    """
    found = []
    rows, others = run.read_history(), other.read_history()
    if len(rows) != len(others):
        found.append(f"epochs: {len(rows)} here, {len(others)} there")
    for row, theirs in zip(rows, others, strict=False):
        for name in row:
            if name != "seconds" and repr(row[name]) != repr(theirs.get(name)):  # a NaN is one again
                found.append(f"{name} of epoch {row['epoch']:.0f}: {row[name]} here, {theirs.get(name)} there")
    return [*_other_causes(run, other), *found] if found else []


def _other_causes(run: RunFolder, other: RunFolder) -> list[str]:
    found = []
    for name, what in CAUSES.items():
        here, there = (one.environment.get(name) for one in (run, other))
        if here != there:
            found.append(f"{what}: {here} here, {there} there")
    versions, their_versions = (one.environment.get("versions", {}) for one in (run, other))
    for name in sorted(versions.keys() | their_versions.keys()):
        if versions.get(name) != their_versions.get(name):
            found.append(f"{name}: version {versions.get(name)} here, {their_versions.get(name)} there")
    return found


def flattened(config: dict, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield the values of a configuration, by ``group.setting``."""
    for key, value in config.items():
        if isinstance(value, dict):
            yield from flattened(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def recipe(config: dict) -> dict[str, object]:
    """Select the settings that say what is trained, by ``group.setting``: all but `NO_RECIPE`."""
    return {
        place: value
        for place, value in flattened(config)
        if place not in NO_RECIPE and place.split(".")[0] not in NO_RECIPE
    }


def other_settings(config: dict, other: dict) -> list[str]:
    """List the settings of `recipe` in which two configurations differ, sorted."""
    here, there = recipe(config), recipe(other)
    return sorted(place for place in here.keys() | there.keys() if here.get(place) != there.get(place))
