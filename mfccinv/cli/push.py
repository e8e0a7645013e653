"""Shares a run: ``mfccinv push run=latest to=hf://owner/name``."""

from mfccinv.cli.hydra_program import plain, program


@program("push")
def main(cfg):
    from mfccinv.sharing.push import PushSettings, push

    print(push(PushSettings.from_config(plain(cfg)), tell=lambda line: print(line, flush=True)))
