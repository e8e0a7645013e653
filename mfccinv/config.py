"""From Hydra's configuration to plain values; nothing past the scripts knows Hydra."""

import yaml
from omegaconf import DictConfig, OmegaConf


def plain(cfg: DictConfig) -> dict:
    """Resolve a configuration into dictionaries, lists and values; a mandatory value that is missing is an error."""
    values = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    assert isinstance(values, dict)
    return values


def training_overrides(overrides: list[str]) -> dict:
    """Settings of ``training`` that a command line with ``resume=`` changes.

    Parameters
    ----------
    overrides : list of str
        As typed: ``["resume=dense_500-20260101-120000", "training.epochs=100"]``.

    Raises
    ------
    ValueError
        If it changes anything else: a resumed run keeps its configuration.
    """
    changes = {}
    for override in overrides:
        key, _, value = override.partition("=")
        if key in ("resume", "run.root"):
            continue
        if not key.startswith("training."):
            raise ValueError(
                f"resume= continues a run as it was configured; only training.* can change, got {override}"
            )
        changes[key.removeprefix("training.")] = yaml.safe_load(value)
    return changes
