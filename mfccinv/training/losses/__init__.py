"""Losses: one module each, named as in ``loss.name``."""
