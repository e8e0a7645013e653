"""Makes sound of MFCC, spectrograms or sound: ``mfccinv invert input=mfcc.npy``."""

from mfccinv.cli.hydra_program import plain, program


@program("invert")
def main(cfg):
    import sys

    from mfccinv.inversion.files import describe_inverted, invert
    from mfccinv.inversion.settings import InvertSettings

    inverted = invert(InvertSettings.from_config(plain(cfg)))
    print(describe_inverted(inverted))
    if any(one.is_failed for one in inverted):
        sys.exit(1)
