"""Scores a run on voices it never heard: ``mfccinv evaluate run=latest``."""

from mfccinv.cli.hydra_program import plain, program


@program("evaluate")
def main(cfg):
    from shutil import get_terminal_size

    from mfccinv.cli.backend import choose_backend
    from mfccinv.evaluation.evaluate import evaluate
    from mfccinv.evaluation.settings import EvaluateSettings
    from mfccinv.reporting.terminal import describe_scores

    if cfg.backend is not None:
        choose_backend(cfg.backend)
    folder, scores = evaluate(EvaluateSettings.from_config(plain(cfg)))
    print(describe_scores(folder, scores, get_terminal_size((100, 24)).columns))
