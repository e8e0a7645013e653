"""Scores a run on voices it never heard: ``mfccinv evaluate run=latest``."""

from mfccinv.cli.hydra_program import plain, program


@program("evaluate")
def main(cfg):
    from shutil import get_terminal_size

    from mfccinv.cli.backend import choose_backend
    from mfccinv.reporting.terminal import describe_scores
    from mfccinv.run_folders.run_folder import RunFolder
    from mfccinv.system.native_output import keras_import
    from mfccinv.system.path_settings import path_setting

    RunFolder.open(cfg.run, path_setting("root", cfg.root))  # who names a run that isn't there needn't wait for Keras
    choose_backend(cfg.backend)
    with keras_import():
        from mfccinv.evaluation.evaluate import evaluate
        from mfccinv.evaluation.settings import EvaluateSettings
    folder, scores = evaluate(EvaluateSettings.from_config(plain(cfg)))
    print(describe_scores(folder, scores, get_terminal_size((100, 24)).columns))
