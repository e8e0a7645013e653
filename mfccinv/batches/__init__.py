"""Batches of a training: segments of consecutive frames, drawn at random from the shards of a data set."""
