"""Tells which tool wrote MFCC: ``mfccinv identify input=mfcc.npy``."""

from mfccinv.cli.hydra_program import plain, program


@program("identify")
def main(cfg):
    from mfccinv.inversion.identify_files import IdentifySettings, describe_matches, identify_files

    settings = IdentifySettings.from_config(plain(cfg))
    print(describe_matches(identify_files(settings), settings))
