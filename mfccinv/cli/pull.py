"""Brings a run here that was shared: ``mfccinv pull from=hf://owner/name``."""

from mfccinv.cli.hydra_program import plain, program


@program("pull")
def main(cfg):
    from mfccinv.sharing.pull import PullSettings, describe_pulled, pull

    print(describe_pulled(pull(PullSettings.from_config(plain(cfg)))))
