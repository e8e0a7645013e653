"""Runs: their folders, their networks, what those predict, and the pretrained ones."""
