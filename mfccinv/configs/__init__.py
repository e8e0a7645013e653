"""Reads the YAML presets of the repository's ``configs`` folder, which lies here in an installed package."""
