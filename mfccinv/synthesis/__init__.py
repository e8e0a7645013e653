"""From mel frames or linear spectra to sound."""
