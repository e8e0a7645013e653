"""Train a model: python scripts/train.py model=dense_500"""

from mfccinv.config import plain, program, refuse_other_overrides, refuse_overrides, training_overrides


@program("train")
def main(cfg):
    from pathlib import Path

    from hydra.core.hydra_config import HydraConfig

    from mfccinv.console import choose_backend, native_output_hidden
    from mfccinv.records import backend_of

    going_on = cfg.resume if cfg.rerun is None else cfg.rerun  # a run may be called 0
    choose_backend(cfg.backend or backend_of(going_on, Path(cfg.run.root)))
    with native_output_hidden():
        from mfccinv.training import rerun, resume, train
    from mfccinv.report import describe_rerun, describe_run

    overrides = list(HydraConfig.get().overrides.task)
    if cfg.init is not None:
        kept = ("source", "target", "model", "features")
        refuse_overrides(overrides, kept, "init= starts from a run as it is: its task, model and features")
    if cfg.rerun is not None:
        kept = ("rerun", "run.root", "backend")
        refuse_other_overrides(overrides, kept, "rerun= trains a run again as it was configured")
        again, differences = rerun(cfg.rerun, Path(cfg.run.root))
        print(f"{describe_run(again.folder)}\n{describe_rerun(differences)}")
    elif cfg.resume is not None:
        run = resume(cfg.resume, cfg.run.root, training_overrides(overrides))
        print(describe_run(run.folder))
    elif cfg.leave_one_corpus_out:
        from mfccinv.crosscorpus import leave_one_corpus_out  # the scoring is of no use to a training

        print(leave_one_corpus_out(plain(cfg)))
    else:
        run = train(plain(cfg))
        print(describe_run(run.folder))
        return run.metrics["validation"]["snr"]  # what a search maximises


if __name__ == "__main__":
    main()
