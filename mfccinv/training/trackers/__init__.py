"""Trackers: one module each, named as in ``tracker.name``."""
