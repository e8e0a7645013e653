"""Vocoders: one module for each way to run one, named as in ``vocoder.name``."""
