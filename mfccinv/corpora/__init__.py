"""Speech corpora: which utterances there are, who speaks them, and who is in which split."""
