"""Several jobs of one command: whose line is whose, where their logs are, and a search that goes on."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from hashlib import blake2b
from io import TextIOBase
from pathlib import Path
from typing import TextIO

from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

BASIC_LAUNCHER = "BasicLauncher"  # Hydra's own: one job after the other
SEARCHES = "searches.db"  # in the folder of runs


class Sweep(Callback):
    """What Hydra calls when several jobs begin: it is named in ``configs/quiet.yaml``."""

    def on_multirun_start(self, config: DictConfig, **kwargs: object) -> None:
        """Tell where jobs on a cluster write, and go on with a search."""
        logs = config.hydra.launcher.get("submitit_folder")
        if logs:
            folder = Path(str(logs).partition("%")[0]).absolute()
            print(f"what the jobs print: {folder}/<job>/<job>_0_log.out, their errors: …_log.err", flush=True)
        if "optuna" in config.hydra.sweeper["_target_"]:
            _go_on_searching(config)


def _go_on_searching(config: DictConfig) -> None:
    """Have Optuna keep its trials in a file, and do only those that are left of ``n_trials``.

    A search without a name is known by what was typed, but for the number of trials.
    """
    import optuna

    sweeper = config.hydra.sweeper
    with open_dict(config):
        if not sweeper.storage:
            root = Path(str(config.run.root))
            root.mkdir(parents=True, exist_ok=True)
            sweeper.storage = f"sqlite:///{root / SEARCHES}"
        if not sweeper.study_name:
            sweeper.study_name = _name_of_search(config)
        try:
            study = optuna.load_study(study_name=sweeper.study_name, storage=sweeper.storage)
        except KeyError:
            return
        tried = sum(trial.state.is_finished() for trial in study.trials)
        print(f"the search goes on: {tried} of hydra.sweeper.n_trials={sweeper.n_trials} were tried", flush=True)
        sweeper.n_trials = max(0, sweeper.n_trials - tried)
        if sweeper.sampler.get("seed") is not None:
            sweeper.sampler.seed += tried  # else it would draw the first points again


def _name_of_search(config: DictConfig) -> str:
    overrides = OmegaConf.to_container(config.hydra.overrides, resolve=False)
    assert isinstance(overrides, dict)
    typed = [*overrides["task"], *overrides["hydra"]]
    kept = sorted(word for word in typed if not word.startswith("hydra.sweeper.n_trials="))
    return f"search-{blake2b(repr(kept).encode(), digest_size=6).hexdigest()}"


def job_number() -> int | None:
    """Number of this job among those of a command that has several, else None."""
    return HydraConfig.get().job.num if HydraConfig.get().mode == RunMode.MULTIRUN else None


@contextmanager
def marked_lines() -> Iterator[None]:
    """Begin each line that a job prints with its number, where other jobs print beside it."""
    number = job_number()
    if number is None or HydraConfig.get().launcher["_target_"].endswith(BASIC_LAUNCHER):
        yield
        return
    mark = f"#{number} "
    with redirect_stdout(_Marked(sys.stdout, mark)), redirect_stderr(_Marked(sys.stderr, mark)):
        yield


class _Marked(TextIOBase):
    """A text stream that begins each line with a mark and writes whole lines; it is no terminal, so bars don't move."""

    def __init__(self, stream: TextIO, mark: str):
        self._stream, self._mark, self._begun = stream, mark, ""

    def write(self, text: str) -> int:
        *whole, self._begun = (self._begun + text).split("\n")
        if whole:
            self._stream.write("".join(f"{self._mark}{line}\n" for line in whole))
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def close(self) -> None:
        if self._begun:
            self.write("\n")
        super().close()
