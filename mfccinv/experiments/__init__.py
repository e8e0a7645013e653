"""Comparisons of runs: corpora left out in turn, the leaderboard."""
