"""Methods from mel frames to a linear magnitude: one module each, named as in ``magnitude.name``."""
