"""Compare runs by their validation scores: python scripts/leaderboard.py"""

from mfccinv.config import program


@program("leaderboard")
def main(cfg):
    from pathlib import Path

    from mfccinv.files import write_text
    from mfccinv.leaderboard import read_rows, render

    text = render(read_rows(Path(cfg.root), cfg.sort), cfg.format)
    if cfg.output:
        write_text(Path(cfg.output), text)
        print(cfg.output)
    else:
        print(text.rstrip("\n"))


if __name__ == "__main__":
    main()
