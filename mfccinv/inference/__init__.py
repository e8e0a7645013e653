"""Networks at work without Keras: what their layers compute, and the one path on which frames are predicted."""
