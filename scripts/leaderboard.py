"""Compare runs by their validation scores: python scripts/leaderboard.py"""

import hydra


@hydra.main(version_base="1.3", config_path="../configs", config_name="leaderboard")
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
