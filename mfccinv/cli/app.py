"""Shows MFCC, and what comes of them, on a page in the browser: ``mfccinv app``."""

from mfccinv.cli.hydra_program import plain, program


@program("app")
def main(cfg):
    from mfccinv.app.server import serve
    from mfccinv.app.settings import AppSettings

    serve(AppSettings.from_config(plain(cfg)))
