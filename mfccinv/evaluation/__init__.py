"""Scores of a run beside the baselines, with intervals, examples to hear, and a report."""
