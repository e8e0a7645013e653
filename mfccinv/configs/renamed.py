"""Renamed settings: old names on a command line are refused, and old names in a run are translated."""

RENAMED = {
    "training.run_frames": "training.segment_frames",
    "model.target": "model.position",
    "dataset.target": "dataset.position",
}
RENAMED_CHOICES = {("phase", "onnx"): "vocoder=onnx"}


def tell_renamed(overrides: list[str]) -> None:
    """Refuse with ValueError a command line that uses the old name of a setting."""
    for override in overrides:
        key, _, value = override.lstrip("+~").partition("=")
        if key in RENAMED:
            raise ValueError(f"{key} is called {RENAMED[key]} now")
        if key == "phase.model":
            raise ValueError("phase.model is called vocoder.model now")
        tell_renamed_choice(key, value)


def tell_renamed_choice(group: str, name: object) -> None:
    """Refuse with ValueError a choice that has moved to another group."""
    now = next((now for choice, now in RENAMED_CHOICES.items() if choice == (group, name)), None)
    if now:
        raise ValueError(f"{group}={name} is called {now} now")


def with_present_names(config: dict) -> dict:
    """Copy a run's configuration with the settings under their present names."""
    config = dict(config)
    for old, new in RENAMED.items():
        group, before = old.split(".")
        now = new.split(".")[1]
        if before in config.get(group, {}):
            config[group] = {now if key == before else key: value for key, value in config[group].items()}
    if config.pop("init_n_mfcc", None) is not None:
        config |= {"init": None, "init_weights": config["init"]}
    return config
