"""Build a data set: python scripts/build_dataset.py corpus=demo features=asr"""

from mfccinv.config import plain, program


@program("build_dataset")
def main(cfg):
    from mfccinv.builder import build_dataset
    from mfccinv.report import describe_dataset

    print(describe_dataset(build_dataset(**plain(cfg))))


if __name__ == "__main__":
    main()
