"""What compares runs: corpora left out in turn, the leaderboard."""
