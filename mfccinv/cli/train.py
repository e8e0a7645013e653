"""Trains a model: ``mfccinv train model=dense_500``."""

from mfccinv.cli.hydra_program import (
    changes,
    plain,
    program,
    refuse_other_overrides,
    refuse_overrides,
    training_overrides,
)


@program("train")
def main(cfg):
    from hydra.core.hydra_config import HydraConfig

    from mfccinv.cli.backend import choose_backend
    from mfccinv.cli.sweeps import job_number
    from mfccinv.run_folders.run_folder import RunFolder, backend_of
    from mfccinv.system.native_output import keras_import
    from mfccinv.system.path_settings import path_setting

    root = path_setting("run.root", cfg.run.root)
    going_on = cfg.resume if cfg.rerun is None else cfg.rerun  # a run may be called 0
    choose_backend(cfg.backend or backend_of(going_on, root))
    with keras_import():
        from mfccinv.training.settings import KEPT, TrainSettings
        from mfccinv.training.train import rerun, resume, train
    from mfccinv.reporting.terminal import describe_rerun

    overrides = list(HydraConfig.get().overrides.task)
    if cfg.init is not None:
        refuse_overrides(
            overrides, (*KEPT, "features"), "init= starts from a run as it is: its task, model and features"
        )
        if not changes(overrides, "name"):
            cfg.name = RunFolder.open(cfg.init, root).config["name"]  # that of the model, which is no default
    if cfg.rerun is not None:
        kept = ("rerun", "run.root", "backend")
        refuse_other_overrides(overrides, kept, "rerun= trains a run again as it was configured")
        again, differences = rerun(cfg.rerun, root)
        print(f"{_told_of(again)}\n{describe_rerun(differences)}")
    elif cfg.resume is not None:
        run = resume(cfg.resume, root, training_overrides(overrides))
        print(_told_of(run))
    elif cfg.leave_one_corpus_out:
        print(_leave_one_corpus_out(plain(cfg)))
    else:
        run = train(TrainSettings.from_config(plain(cfg)), in_brief=bool(job_number()))
        print(_told_of(run))
        return run.metrics["validation"]["snr"]  # what a search maximises


def _told_of(run) -> str:
    from mfccinv.reporting.terminal import describe_run

    several = run.task.min_mfcc is not None
    return describe_run(run.folder, run.config["training"]["validated_mfcc"][0] if several else None)


def _leave_one_corpus_out(config: dict) -> str:
    from mfccinv.evaluation.settings import EvaluateSettings
    from mfccinv.experiments.leave_one_corpus_out import leave_one_corpus_out
    from mfccinv.training.settings import TrainSettings

    of_each_fold = {"run": "", "root": "", "corpus": None, "scored_split": None}
    scoring = EvaluateSettings.from_config(config["leave_one_corpus_out"] | of_each_fold)
    return leave_one_corpus_out(TrainSettings.from_config(config), scoring)
