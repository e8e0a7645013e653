"""Build a data set: python scripts/build_dataset.py corpus=demo features=asr"""

import hydra


@hydra.main(version_base="1.3", config_path="../configs", config_name="build_dataset")
def main(cfg):
    from mfccinv.builder import build_dataset
    from mfccinv.config import plain
    from mfccinv.report import describe_dataset

    print(describe_dataset(build_dataset(**plain(cfg))))


if __name__ == "__main__":
    main()
