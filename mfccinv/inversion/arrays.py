"""From MFCC to sound in one call, with librosa's argument names and axis order.

    y = mfccinv.mfcc_to_audio(mfcc)     # MFCC of the asr preset, (20, n_frames), to sound at 16 kHz

Here frames are the last axis, any axes may lead, and mel spectrograms are power, as in librosa; everywhere else in this
package frames come first and mel frames are in dB. Functions return sound at ``spec.sample_rate``, by default 16 kHz.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from mfccinv.configs.presets import Spec, method_settings, resolve_spec
from mfccinv.features.cepstrum import mfcc_to_whole_log_mel
from mfccinv.features.decibels import log_mel_to_mel, mel_to_log_mel
from mfccinv.features.dialect import Dialect
from mfccinv.features.spec import FeatureSpec
from mfccinv.inference.prediction import jobs_by
from mfccinv.inversion.arguments import check_array, check_levels, check_rows, check_spectrum
from mfccinv.inversion.given import checked_mel, read_mfcc
from mfccinv.run_folders.loading import check_detail, load_once, predict_by
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.synthesis.arguments import check_seed
from mfccinv.synthesis.frames_to_audio import frames_to_audio, log_mel_of_linear, log_mel_to_audio
from mfccinv.synthesis.magnitude.mel_to_linear import log_mel_to_magnitude
from mfccinv.synthesis.methods import Methods, choose_phase, require_own_start
from mfccinv.synthesis.phase.retrieval import retrieve_phase
from mfccinv.system.frame_threads import BLOCK, ONE_BLAS_THREAD, in_threads, shares
from mfccinv.system.kinds import is_whole


def mfcc_to_audio(
    mfcc: np.ndarray,
    *,
    spec: Spec = None,
    dialect: Dialect | str | None = None,
    normalised: str | None = None,
    statistics: Mapping | str | Path | None = None,
    checkpoint: str | Path | None = "auto",
    detail: str = "mean",
    samples: int | None = None,
    magnitude: str | dict = "auto",
    phase: str | dict = "auto",
    vocoder: str | dict | None = None,
    length: int | None = None,
    seed: int = 0,
    force: bool = False,
) -> np.ndarray:
    """Synthesise the sound of MFCC.

    Parameters
    ----------
    mfcc : (..., n_mfcc, n_frames), dB, or as the dialect has them
    spec, dialect, normalised, statistics, checkpoint, detail, samples, force
        See `mfcc_to_mel`.
    magnitude
        See `mel_to_magnitude`. A run that was trained with ``target=linear`` predicts the magnitude itself, and
        this isn't used.
    phase, length
        See `magnitude_to_audio`.
    vocoder
        See `mel_to_audio`.
    seed
        See `mfcc_to_mel` and `magnitude_to_audio`.

    Returns
    -------
    y : (..., n_samples), float32, full scale 1, at ``spec.sample_rate``: 16 kHz if no spec was given
        With ``samples``, (samples, ..., n_samples).

    Raises
    ------
    ValueError, mfccinv.features.spec.SpecMismatch
        As `mfcc_to_mel` and `mel_to_audio`.

    Examples
    --------
    >>> import numpy as np
    >>> import mfccinv
    >>> y = mfccinv.mfcc_to_audio(np.zeros((20, 100)))
    >>> y.shape, y.dtype
    ((15840,), dtype('float32'))
    """
    methods = Methods.resolve(magnitude=magnitude, phase=phase, vocoder=vocoder)
    mfcc, found, run = read_mfcc(mfcc, spec, dialect, normalised, statistics, checkpoint, detail, force)
    target = run.task.target if run else "mel"

    def synthesise(frames: np.ndarray) -> np.ndarray:
        return frames_to_audio(frames, found, methods, target=target, seed=seed, length=length)

    return _some_sound(_together(synthesise, found, _invert(mfcc, found, run, detail, samples, seed)), mfcc)


def mfcc_to_mel(
    mfcc: np.ndarray,
    *,
    spec: Spec = None,
    dialect: Dialect | str | None = None,
    normalised: str | None = None,
    statistics: Mapping | str | Path | None = None,
    checkpoint: str | Path | None = "auto",
    detail: str = "mean",
    samples: int | None = None,
    seed: int = 0,
    force: bool = False,
) -> np.ndarray:
    """Find the mel spectrogram of MFCC.

    Parameters
    ----------
    mfcc : (..., n_mfcc, n_frames)
        Orthonormal DCT-II of the mel spectrogram in dB; with a dialect, what its tool writes.
    spec : FeatureSpec, str, Path or None
        How the MFCC were made: a specification; the name of a preset in ``configs/features``, or the path of a YAML
        file like those; a run's folder, or the path of a ``feature_spec.json``. None: the preset ``asr``. A preset and
        a YAML file take any number of coefficients, a run's folder those that the run takes.
    dialect : Dialect, str or None
        How another tool wrote the MFCC: a `mfccinv.features.dialect.Dialect`, or the name of one in
        ``configs/dialect``, such as ``kaldi``. Its own specification counts, and ``spec`` must be None. Deltas behind
        the coefficients are left out. An energy in the place of c0 gives c0 back, see
        `mfccinv.features.frame_level.c0_from_energy`.
    normalised : {None, "mean", "mean_and_variance"}
        What was normalised of each coefficient: its mean (CMN) was taken away, and it was divided by its standard
        deviation (CMVN). Both are put back.
    statistics : dict, str, Path or None
        What was taken away, as the tool writes coefficients: ``{"mean": (n,), "std": (n,)}``, or a file, see
        `mfccinv.inversion.normalisation.read_statistics`. None: the average of what the network was trained on or,
        without one, of speech; a warning says so.
    checkpoint : str, Path or None
        ``auto``: the pretrained run that takes this spec. Any other text: a run's folder, its name in ``checkpoints``
        of the working directory, or a pretrained run's name. None: the analytic inverse, as in
        ``librosa.feature.inverse.mfcc_to_mel``.
    detail : {"mean", "sharp", "sample"}
        What is predicted of the fine structure, which MFCC don't tell: the mean of what is possible, nearest to the
        truth; that sharpened, so that it varies more as that of speech does, see
        `mfccinv.run_folders.sharpness.Sharpness`; or a sample, one of those that are possible, see
        `mfccinv.inference.flow_sampling.draw_frames`. The MFCC are the same. ``sharp`` needs a network, and ``sample``
        one that was trained with ``flow=true``.
    samples : int >= 1 or None
        How many samples are drawn, with ``detail="sample"``. None: one, without an axis of its own.
    seed : int
        Of the samples.
    force : bool
        Whether to invert MFCC even if they can't be what they are said to be, see
        `mfccinv.inversion.plausibility.require_plausible`.

    Returns
    -------
    mel : (..., n_mels, n_frames), float32, power (magnitude if ``spec.power`` is 1)
        With ``samples``, (samples, ..., n_mels, n_frames).

    Raises
    ------
    ValueError
        For MFCC that are no array of finite numbers, of another shape than the spec's, or of levels that no sound has.
        For those that another axis, tool, logarithm, scale or normalisation explains much better, unless ``force``.
        For ``auto``, if no pretrained run takes the spec; the message tells in what the nearest differs. If the run
        named isn't there, takes mel frames or forecasts.
    mfccinv.features.spec.SpecMismatch
        If the run named was trained on another spec.

    Examples
    --------
    >>> import numpy as np
    >>> import mfccinv
    >>> mfcc = np.zeros((13, 100))
    >>> mfccinv.mfcc_to_mel(mfcc).shape
    (80, 100)
    >>> mfccinv.mfcc_to_mel(mfcc, spec="librosa", checkpoint=None).shape
    (128, 100)
    """
    mfcc, found, run = read_mfcc(mfcc, spec, dialect, normalised, statistics, checkpoint, detail, force)
    frames = _invert(mfcc, found, run, detail, samples, seed)
    if run and run.task.target == "linear":
        frames = _together(lambda linear: log_mel_of_linear(linear, found), found, frames).mT
    return log_mel_to_mel(frames, found)


def mel_to_audio(
    mel: np.ndarray,
    *,
    spec: Spec = None,
    magnitude: str | dict = "auto",
    phase: str | dict = "auto",
    vocoder: str | dict | None = None,
    length: int | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Synthesise the sound of a mel spectrogram.

    Parameters
    ----------
    mel : (..., n_mels, n_frames), power (magnitude if ``spec.power`` is 1), >= 0
    spec
        See `mfcc_to_mel`.
    magnitude
        See `mel_to_magnitude`.
    phase, length, seed
        See `magnitude_to_audio`.
    vocoder : str, dict or None
        Settings of a vocoder, such as ``{"name": "onnx", "model": "hifigan.onnx"}``: it makes sound of the mel frames,
        and ``magnitude`` and ``phase`` aren't used. None: no vocoder.

    Returns
    -------
    y : (..., n_samples), float32, full scale 1, at ``spec.sample_rate``

    Raises
    ------
    ValueError
        As `mel_to_magnitude` and `magnitude_to_audio`. With a vocoder, if the spec is not of magnitude (``power=1``),
        or its model can't be run.
    mfccinv.features.spec.SpecMismatch
        As `mel_to_magnitude`.

    Examples
    --------
    >>> import numpy as np
    >>> import mfccinv
    >>> stereo = np.ones((2, 128, 50))
    >>> mfccinv.mel_to_audio(stereo, spec="librosa", length=25000).shape
    (2, 25000)
    """
    methods = Methods.resolve(magnitude=magnitude, phase=phase, vocoder=vocoder)
    found = resolve_spec(spec)
    log_mel = mel_to_log_mel(checked_mel(mel, found), found)

    def synthesise(frames: np.ndarray) -> np.ndarray:
        return log_mel_to_audio(frames, found, methods, seed=seed, length=length)

    return _some_sound(_together(synthesise, found, log_mel), log_mel)


def mel_to_magnitude(mel: np.ndarray, *, spec: Spec = None, magnitude: str | dict = "auto") -> np.ndarray:
    """Find a linear magnitude spectrogram that has this mel spectrogram, or nearly.

    Parameters
    ----------
    mel : (..., n_mels, n_frames), power (magnitude if ``spec.power`` is 1), >= 0
    spec
        See `mfcc_to_mel`.
    magnitude : str or dict
        Name of a method in ``configs/magnitude``, or its settings. ``auto``: a network, where one is shipped for the
        magnitude and one for its phase; ``kl`` elsewhere.

    Returns
    -------
    magnitude : (..., n_bins, n_frames), float32

    Raises
    ------
    ValueError
        For what is no array of finite numbers >= 0, doesn't fit the spec or is above 300 dB; for an unknown method and
        settings out of range; for ``magnitude=learned``, if no pretrained run takes the spec or the run named isn't
        there or can't invert.
    mfccinv.features.spec.SpecMismatch
        If the run that ``magnitude=learned`` names was trained on another spec.

    Examples
    --------
    >>> import numpy as np
    >>> import mfccinv
    >>> mel = np.ones((80, 100))
    >>> mfccinv.mel_to_magnitude(mel).shape
    (257, 100)
    >>> mfccinv.mel_to_magnitude(mel, magnitude={"name": "nnls", "iterations": 10}).shape
    (257, 100)
    """
    found = resolve_spec(spec)
    methods = Methods.resolve(magnitude=magnitude, phase="auto", vocoder=None).chosen(found)
    log_mel = mel_to_log_mel(checked_mel(mel, found), found)

    def find(frames: np.ndarray) -> np.ndarray:
        return log_mel_to_magnitude(frames, found, magnitude=methods.magnitude)

    return _together(find, found, log_mel).mT


def magnitude_to_audio(
    magnitude: np.ndarray,
    *,
    spec: Spec = None,
    phase: str | dict = "auto",
    init: np.ndarray | None = None,
    length: int | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Synthesise the sound of a linear magnitude spectrogram.

    Parameters
    ----------
    magnitude : (..., n_bins, n_frames), >= 0
    spec
        See `mfcc_to_mel`.
    phase : str or dict
        Name of a method in ``configs/phase``, or its settings. ``auto``: a network, where one is shipped for such
        frames; ``griffin_lim`` elsewhere and with ``init``. In the place of ``joint``, which moves the magnitude,
        ``griffin_lim`` is taken; in `mfcc_to_audio` and `mel_to_audio` only if a network has found the magnitude.
    init : (..., n_bins, n_frames), radians, or None
        Phase to start from; None: the method's own start.
    length : int >= 1, samples, or None
        Length to return; None is what the frames cover, see `FeatureSpec.n_samples`.
    seed : int >= 0
        Seed of the starting phase.

    Returns
    -------
    y : (..., n_samples), float32, full scale 1, at ``spec.sample_rate``

    Raises
    ------
    ValueError
        For what is no array of finite numbers >= 0, doesn't fit the spec or is above 300 dB; for an unknown method,
        settings out of range, windows that leave samples out, and frames that are all padding.

    Examples
    --------
    >>> import numpy as np
    >>> import mfccinv
    >>> magnitude = np.ones((257, 100))
    >>> mfccinv.magnitude_to_audio(magnitude, length=16000).shape
    (16000,)
    >>> mfccinv.magnitude_to_audio(magnitude, phase="pghi").shape
    (15840,)
    """
    magnitude = check_array("magnitude", magnitude)
    found = resolve_spec(spec)
    check_rows("magnitude", magnitude, "n_bins", found.n_bins)
    check_spectrum("magnitude", magnitude, 20)
    settings = choose_phase(method_settings("phase", phase), found, has_start=init is not None)
    given = []
    if init is None:
        require_own_start(settings)
    else:
        given = [check_array("init", init)]
        if given[0].shape != magnitude.shape:
            raise ValueError(f"init must have the shape of magnitude, {magnitude.shape}, got {given[0].shape}")

    def synthesise(frames: np.ndarray, initial_phase: np.ndarray | None = None) -> np.ndarray:
        return retrieve_phase(frames, found, phase=settings, seed=seed, length=length, initial_phase=initial_phase)

    return _some_sound(_together(synthesise, found, magnitude, *given), magnitude)


def _invert(
    mfcc: np.ndarray, spec: FeatureSpec, run: RunFolder | None, detail: str, samples: int | None, seed: int
) -> np.ndarray:
    """Invert MFCC (..., n_mfcc, n_frames) by a run or, without one, analytically: (..., rows, n_frames), dB.

    With ``samples``, there is another axis, in front of all.
    """
    if samples is not None and (detail != "sample" or not is_whole(samples) or samples < 1):
        raise ValueError(f"samples must be a whole number of at least 1, with detail=sample, got {samples!r}")
    with np.errstate(over="ignore"), ONE_BLAS_THREAD:
        log_mel = mfcc_to_whole_log_mel(mfcc.mT, spec).mT
    check_levels("mfcc", log_mel)
    if run is None:
        if check_detail(detail) != "mean":
            raise ValueError(f"detail={detail} needs a network, got checkpoint=None (null on the command line)")
        return log_mel
    check_seed(seed)
    flat = mfcc.reshape(-1, *mfcc.shape[-2:])
    network, context = load_once(run.folder, detail)

    def predict(sample: int) -> np.ndarray:
        predictions = predict_by(run, network, context, (one.T for one in flat), detail, seed=seed, sample=sample)
        predicted = np.stack([frames.T for frames in predictions])
        return predicted.reshape(*mfcc.shape[:-2], *predicted.shape[1:])

    if samples is None:
        return predict(0)
    return np.stack(list(jobs_by(network, (partial(predict, sample) for sample in range(samples)))))


def _some_sound(y: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Return sound (..., n_samples) of frames (..., rows, n_frames); refuse with ValueError sound of no length."""
    if y.shape[-1] == 0:
        raise ValueError(f"no sound is in the frames, all {frames.shape[-1]} are padding: give length, or more frames")
    return y


def _together(convert: Callable[..., np.ndarray], spec: FeatureSpec, *arrays: np.ndarray) -> np.ndarray:
    """Apply a function of some recordings, (n, n_frames, rows), to all recordings of arrays (..., rows, n_frames).

    Threads share them; short ones go together.
    """
    *leading, _, n_frames = arrays[0].shape
    flat = [array.reshape(-1, *array.shape[-2:]).mT for array in arrays]
    some = shares(len(flat[0]), BLOCK // (n_frames * spec.n_fft))
    converted = np.concatenate(in_threads(lambda share: convert(*(array[share] for array in flat)), some))
    return converted.reshape(*leading, *converted.shape[1:])
