"""From sound to log-mel frames and MFCC: the specification, and every transform that follows from it."""
