"""Foundations of the package: atomic files, processes and threads, registries, versions."""
