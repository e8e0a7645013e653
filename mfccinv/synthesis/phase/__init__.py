"""Methods of phase retrieval: one module each, named as in ``phase.name``."""
