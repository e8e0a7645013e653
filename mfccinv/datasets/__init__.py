"""Data sets: how they are planned, built, described and read."""
