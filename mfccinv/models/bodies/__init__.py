"""Bodies of networks: one module each, named as in ``model.name``."""
