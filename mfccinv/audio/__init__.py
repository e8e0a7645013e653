"""Sound files in and out, variants of speech, perceptual scores of sound."""
