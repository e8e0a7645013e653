"""Runs: their folders, their networks, and how a run is found by its name."""
