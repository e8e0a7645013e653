"""Make sound of MFCC, spectrograms or sound: python scripts/invert.py input=mfcc.npy"""

from mfccinv.config import plain, program


@program("invert")
def main(cfg):
    import sys

    from mfccinv.console import choose_backend
    from mfccinv.invert import describe_inverted, invert

    try:
        choose_backend(cfg.backend)
        inverted = invert(plain(cfg))
    except ValueError as error:
        sys.exit(f"error: {error}")
    print(describe_inverted(inverted))
    if any(one.reason for one in inverted):
        sys.exit(1)


if __name__ == "__main__":
    main()
