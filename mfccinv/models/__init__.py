"""Networks from MFCC to log-mel frames: one registry of bodies, one assembly around them."""

from mfccinv.models.assembly import MODELS, OUTPUTS, build_model

__all__ = ["MODELS", "OUTPUTS", "build_model"]
