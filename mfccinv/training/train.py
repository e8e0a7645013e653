"""Trains a model on a data set, in a run's folder: a new run, one to go on with, or one to repeat."""

from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from mfccinv.datasets.builder import build_dataset
from mfccinv.reporting.terminal import describe_dataset
from mfccinv.run_folders.comparison import run_differences
from mfccinv.run_folders.learned_from import LearnedFrom
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import RunError
from mfccinv.system.atomic_files import exclusive, remove_temporaries
from mfccinv.training.preparation import check, prepare
from mfccinv.training.settings import TrainSettings
from mfccinv.training.tracker import make_tracker
from mfccinv.training.training_loop import is_at_end, train_until_finished


def train(settings: TrainSettings, *, in_brief: bool = False) -> Run:
    """Build the data set if it isn't there, train the model and save the run.

    Parameters
    ----------
    settings : TrainSettings
    in_brief : bool
        Whether a line tells of the data set, instead of a table.

    Returns
    -------
    run : Run
        Finished: ``model.keras`` is the best epoch's model.

    Raises
    ------
    NonFiniteLoss
        If the loss is no longer finite.
    ValueError
        For settings out of range, and as `build_dataset`.
    """
    if settings.task.flow and not settings.base:
        raise ValueError("flow=true draws samples around the mean of a trained run: name it with init_weights=")
    tracker = make_tracker(settings.tracker)
    # The training reads every shard, and compares it then.
    dataset = build_dataset(settings.build, verify=False, check=partial(check, settings))
    print(describe_dataset(dataset, in_brief=in_brief))
    base = settings.base
    statistics = dataset.statistics
    if base and base.spec == dataset.spec:
        known = {name: value for name, value in vars(base.statistics).items() if value is not None}
        statistics = replace(statistics, **known)  # of another target, the base lacks some
    prepared = prepare(settings, dataset, statistics)
    learned_from = LearnedFrom.of(dataset, prepared.batches.voices)
    if base:
        prepared.start_from(base)
        same_frames = base.spec.with_n_mfcc(1) == dataset.spec.with_n_mfcc(1)
        learned_from = learned_from.after(base.learned_from, same_frames=same_frames)
    run = Run.create(
        settings.root, settings.name, settings.config, dataset.spec, statistics, prepared.describe(), learned_from
    )
    with run.held_for_training():
        train_until_finished(run, prepared, tracker)
    return run


def resume(name: str, root: Path, training: dict) -> Run:
    """Go on with a run after its last finished epoch.

    Parameters
    ----------
    name : str
        Name of the run, see `RunFolder.open`.
    root : Path
        Folder of runs.
    training : dict
        Settings of ``training`` that replace the run's own.

    Raises
    ------
    RunError
        If the run is not there or came with the package, for an unknown setting, and for another precision, optimizer
        or number of voices. For the run's data set, see `RunFolder.open_dataset`.
    """
    run = Run.open(name, root)
    if run.is_pretrained:
        raise RunError(f"{run.folder.name} comes with the package: start from it with init={run.folder.name} instead")
    _require_trained(run)
    own = run.config["training"]
    lasting = {
        **dict.fromkeys(("precision", "optimizer"), "the optimizer's state is of another kind"),
        "voices": "learned_from.json has those that the run began with",
    }
    averages = [values.get("weight_average", own["weight_average"]) for values in (training, own)]
    if run.read_history() and averages.count(None) == 1:
        lasting["weight_average"] = "the average of the weights is kept from the first epoch on, or never"
    if run.task.min_mfcc is not None:
        lasting["validated_mfcc"] = "history.csv has columns for each number"
    for name, reason in lasting.items():
        if training.get(name, own[name]) != own[name]:
            raise RunError(f"training.{name} can't change: {reason}")
    run.check_training(training)
    config = run.config | {"training": own | training}
    if run.read_history():
        config |= {"init": None, "init_weights": None}  # it goes on from its own weights
        run.require_likely_size()
    dataset, statistics = run.open_dataset(), run.statistics
    with run.held_for_training():
        with run.config_named():
            settings = TrainSettings.from_config(config)
            prepared = prepare(settings, dataset, statistics)
            tracker = make_tracker(settings.tracker)
        if settings.base:
            prepared.start_from(settings.base)
        if prepared.n_parameters:
            run.require_checkpoint()
        if not (run.is_finished and is_at_end(run, prepared)):
            run.change_training(training)
            run.write_environment(prepared.describe())
        with exclusive(run.folder):
            remove_temporaries(run.folder)
        train_until_finished(run, prepared, tracker)
    return run


def rerun(name: str, root: Path) -> tuple[Run, list[str]]:
    """Train a run again as it was configured, as ``<run>-again``.

    Parameters
    ----------
    name : str
        Name of the run, see `RunFolder.open`. If its data set has to be built, this machine builds it.
    root : Path
        Folder of runs.

    Returns
    -------
    again : Run
    differences : list of str
        The numbers that differ from the first time, see `run_differences`. On one machine there should be none, but a
        GPU may add up numbers in another order.
    """
    first = Run.open(name, root)
    _require_trained(first)
    place = {"root": str(root), "name": f"{first.folder.name}-again"}
    config = first.config | {"features": asdict(first.spec), "run": place}
    config["dataset"] |= {"executor": "processes"}  # a stranger's run may name a cluster, which would unpickle
    with first.config_named():
        again = train(TrainSettings.from_config(config))
    return again, run_differences(again, first)


def _require_trained(run: Run) -> None:
    """Refuse with RunError a run that ``mfccinv adapt`` made."""
    if run.is_adapted:
        raise RunError(f"{run.folder} was made by mfccinv adapt: adapt its base again, with all speech of the voice")
