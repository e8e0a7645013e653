"""Writes a run's network for another tool: ``mfccinv export run=asr_20 format=onnx``."""

from mfccinv.cli.hydra_program import plain, program


@program("export")
def main(cfg):
    from mfccinv.inversion.export import ExportSettings, describe_exported, export

    print(describe_exported(export(ExportSettings.from_config(plain(cfg)))))
