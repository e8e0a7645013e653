"""What is given to `mfccinv.inversion.arrays`: arrays, checked and read, their specification and the run to take."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import numpy as np

from mfccinv.configs.dialects import in_decibels, resolve_dialect
from mfccinv.configs.presets import Spec, is_preset, resolve_spec
from mfccinv.features.deltas import n_without_deltas
from mfccinv.features.dialect import Dialect
from mfccinv.features.spec import FeatureSpec
from mfccinv.inversion.arguments import check_array, check_rows, check_spectrum
from mfccinv.inversion.normalisation import CoefficientStatistics, check_normalised, own_statistics
from mfccinv.inversion.plausibility import require_frames_last, require_plausible
from mfccinv.run_folders.lookup import find_run
from mfccinv.run_folders.run_folder import RunFolder


def read_mfcc(
    mfcc: np.ndarray,
    spec: Spec,
    dialect: Dialect | str | None,
    normalised: str | None,
    statistics: Mapping | str | Path | None,
    checkpoint: str | Path | None,
    detail: str,
    force: bool,
) -> tuple[np.ndarray, FeatureSpec, RunFolder | None]:
    """Return MFCC (..., n_mfcc, n_frames) in dB, their specification, and the run that inverts them."""
    check_normalised(normalised, statistics)
    mfcc = check_array("mfcc", mfcc)
    if not force:
        require_frames_last(mfcc)
    if dialect is None:
        found, written = _spec_of_mfcc(spec, mfcc), None
    elif spec is None:
        written = resolve_dialect(dialect)
        if mfcc.shape[-2] != written.spec.n_mfcc:
            mfcc = mfcc[..., : n_without_deltas(mfcc), :]
        written = written.of_columns(mfcc.shape[-2])
        found = written.spec
    else:
        raise ValueError("a dialect has its own specification: give spec or dialect, not both")
    if normalised and statistics is not None:
        mfcc = CoefficientStatistics.of(statistics).put_back(mfcc, normalised, found.n_mfcc)
    if not (force or found.lifter):  # statistics are of what has none
        require_plausible(mfcc, written or in_decibels(found), normalised if statistics is None else None)
    run = None if checkpoint is None else find_run(checkpoint, found, source="mfcc", detail=detail)
    if normalised and statistics is None:
        mfcc = own_statistics(found, written, run).put_back(mfcc, normalised, found.n_mfcc)
    if written is not None:
        frames = np.moveaxis(mfcc, -2, -1)[..., : found.n_mfcc]
        mfcc = np.moveaxis(written.read(frames), -1, -2)
    return mfcc, found, run


def _spec_of_mfcc(spec: Spec, mfcc: np.ndarray) -> FeatureSpec:
    """Find the specification of MFCC (..., n_mfcc, n_frames) and check that they fit it."""
    found = resolve_spec(spec)
    if is_preset(spec):
        try:
            found = found.with_n_mfcc(mfcc.shape[-2])
        except ValueError as error:
            if mfcc.shape[-1] < mfcc.shape[-2]:
                raise ValueError(f"{error}: is it transposed?") from error
            raise
    elif isinstance(spec, str | PathLike) and (run := RunFolder(Path(spec))).is_there:
        found = found.with_n_mfcc(mfcc.shape[-2]) if run.task.takes(mfcc.shape[-2], found) else found
    check_rows("mfcc", mfcc, "n_mfcc", found.n_mfcc)
    return found


def checked_mel(mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Return a mel spectrogram (..., n_mels, n_frames) as an array; ValueError if it can't be one of the spec."""
    mel = check_array("mel", mel)
    check_rows("mel", mel, "n_mels", spec.n_mels)
    check_spectrum("mel", mel, spec.db_per_decade)
    return mel
