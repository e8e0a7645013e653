"""Compares runs by their validation scores: ``mfccinv leaderboard``."""

from mfccinv.cli.hydra_program import program


@program("leaderboard")
def main(cfg):
    import sys
    from shutil import get_terminal_size

    from mfccinv.experiments.leaderboard import render
    from mfccinv.experiments.rows import read_rows
    from mfccinv.reporting.tables import printable
    from mfccinv.system.atomic_files import write_text
    from mfccinv.system.path_settings import path_setting

    rows, unreadable = read_rows(path_setting("root", cfg.root), cfg.sort)
    text = render(rows, cfg.format, get_terminal_size((120, 24)).columns)
    for reason in unreadable:
        print(printable(f"left out: {reason}"), file=sys.stderr)
    if cfg.output:
        output = path_setting("output", cfg.output)
        write_text(output, text)
        print(output)
    else:
        print(text.rstrip("\n"))
