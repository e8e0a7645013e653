"""Adapts a network to a voice: ``mfccinv adapt voice/*.wav``."""

from mfccinv.cli.hydra_program import plain, program


@program("adapt", files="input")
def main(cfg):
    from mfccinv.cli.backend import choose_backend
    from mfccinv.reporting.adapted import describe_adapted
    from mfccinv.run_folders.run_folder import RunFolder
    from mfccinv.system.native_output import keras_import
    from mfccinv.system.path_settings import path_setting

    RunFolder.open(cfg.run, path_setting("root", cfg.root))  # who names a run that isn't there needn't wait for Keras
    choose_backend(cfg.backend)
    with keras_import():
        from mfccinv.training.adapt_files import AdaptSettings, adapt_to_files
    adapted, rejections = adapt_to_files(AdaptSettings.from_config(plain(cfg)))
    print(
        describe_adapted(
            adapted.run.folder if adapted.run else None,
            adapted.base.folder.name,
            adapted.scores,
            held_out_seconds=adapted.held_out_seconds,
            was_interrupted=adapted.was_interrupted,
            rejections=[(one.id, one.reason) for one in rejections],
        )
    )
