"""Compares runs by their validation scores: ``mfccinv leaderboard``."""

from mfccinv.cli.hydra_program import program


@program("leaderboard")
def main(cfg):
    from pathlib import Path

    from mfccinv.experiments.leaderboard import read_rows, render
    from mfccinv.system.atomic_files import write_text

    text = render(read_rows(Path(str(cfg.root)), cfg.sort), cfg.format)
    if cfg.output:
        write_text(Path(str(cfg.output)), text)
        print(cfg.output)
    else:
        print(text.rstrip("\n"))
