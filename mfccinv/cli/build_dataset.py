"""Builds a data set: ``mfccinv build_dataset corpus=demo features=asr``."""

from mfccinv.cli.hydra_program import plain, program


@program("build_dataset")
def main(cfg):
    from mfccinv.datasets.builder import build_dataset
    from mfccinv.datasets.settings import BuildSettings
    from mfccinv.reporting.terminal import describe_dataset

    print(describe_dataset(build_dataset(BuildSettings.from_config(plain(cfg)))))
