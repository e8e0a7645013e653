"""Runs: their folders, their networks and predictions, and the pretrained runs."""
