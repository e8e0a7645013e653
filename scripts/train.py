"""Train a model: python scripts/train.py model=dense_500"""

import hydra


@hydra.main(version_base="1.3", config_path="../configs", config_name="train")
def main(cfg):
    from hydra.core.hydra_config import HydraConfig

    from mfccinv.config import plain, refuse_overrides, training_overrides
    from mfccinv.console import native_output_hidden

    with native_output_hidden():
        from mfccinv.training import resume, train
    from mfccinv.report import describe_run

    overrides = list(HydraConfig.get().overrides.task)
    if cfg.init:
        refuse_overrides(overrides, ("model", "features"), "init= starts from a run as it is: its model and features")
    if cfg.resume:
        run = resume(cfg.resume, cfg.run.root, training_overrides(overrides))
        print(describe_run(run.folder))
    elif cfg.leave_one_corpus_out:
        from mfccinv.crosscorpus import leave_one_corpus_out  # the scoring is of no use to a training

        print(leave_one_corpus_out(plain(cfg)))
    else:
        print(describe_run(train(plain(cfg)).folder))


if __name__ == "__main__":
    main()
