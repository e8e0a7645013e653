"""Audio and figures of example utterances: the original and each method through the same synthesis."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mfccinv.audio.loudest import loudest_segment
from mfccinv.audio.sound_files import UnusableAudio, write_audio
from mfccinv.corpora.utterance import Utterance
from mfccinv.datasets.extraction import read_utterance
from mfccinv.evaluation.sound_scores import SoundScores
from mfccinv.features.spec import FeatureSpec
from mfccinv.reporting.figures import draw_frames
from mfccinv.system.file_names import file_stems

SAMPLE = "sample_"  # and its number, of samples besides the first


def listen(
    frames: dict[str, dict[str, np.ndarray]],
    utterances: dict[str, Utterance],
    spec: FeatureSpec,
    folder: Path,
    *,
    segment_seconds: float | None,
    written: int,
    scored: int,
    wer: bool,
    mos: bool,
    compared: tuple[str, str],
    synthesise: Callable[[np.ndarray, int], np.ndarray],
    further: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]],
    seed: int,
    progress: bool,
) -> dict:
    """Synthesise utterances by every method, write the first ones as WAV and as figures, and score the first ones.

    Examples of an evaluation before that aren't written again are removed.

    Parameters
    ----------
    frames : dict of dict of (n_frames, n_mels) or (n_frames, n_bins), dB
        By utterance id and method.
    utterances : dict of Utterance
        By id.
    spec : FeatureSpec
    folder : Path
        Gets ``audio/`` and ``figures/``.
    segment_seconds : float or None
        See `mfccinv.datasets.extraction.Extractor`.
    written, scored : int
        Number of utterances to write, and to score.
    wer, mos : bool
        See `SoundScores`.
    compared : (str, str)
        The gain is the score of the first method minus that of the second.
    synthesise : callable
        Takes such frames and a length in samples; returns the sound, (n_samples,).
    further : callable
        Takes the frames of an utterance by method; returns those of further samples, by name, which are written and not
        scored.
    seed : int
        Seed of the intervals.
    progress : bool

    Returns
    -------
    scores : dict
        ``utterances``: number of utterances to score. ``written``: names of the written files, without method and
        extension. ``unreadable``: ids whose sound file is gone or was changed. ``methods``: scores against the
        original by method, with intervals over utterances: ``mcd``; ``pesq``, ``stoi``, ``estoi`` with the extra
        ``quality``; ``vde``, ``gpe``, ``ffe``, ``f0_cents`` with the extra ``f0``; ``wer`` and ``mos`` if asked for;
        see `mfccinv.evaluation.sound_metrics`. ``gain``: the same for the difference of the two methods compared.
        Both are empty if nothing was scored.
    """
    sound_scores = SoundScores(wer=wer, mos=mos)
    unreadable, written_stems = [], []
    samples: dict[str, np.ndarray] = {}
    stems = file_stems(frames)
    heard = 0
    for id, methods in tqdm(frames.items(), desc="listening", unit=" utterances", disable=None if progress else True):
        stem = stems[id]
        try:
            original = loudest_segment(read_utterance(utterances[id], spec.sample_rate), segment_seconds).y
            n_frames = len(next(iter(methods.values())))
            if spec.n_frames(len(original)) != n_frames:
                raise UnusableAudio(f"changed: it has {spec.n_frames(len(original))} frames, it had {n_frames}")
        except UnusableAudio:
            unreadable.append(id)
            continue
        heard += 1
        waveforms = {method: synthesise(some, len(original)) for method, some in methods.items()}
        if heard <= written:
            samples = further(methods)
            of_samples = {name: synthesise(some, len(original)) for name, some in samples.items()}
            for name, y in ({"original": original} | waveforms | of_samples).items():
                write_audio(folder / "audio" / f"{stem}.{name}.wav", y, spec.sample_rate)
            written_stems.append(stem)
            draw_frames(folder / "figures" / f"{stem}.png", methods | samples, spec, id)
        if heard <= scored:
            sound_scores.add(original, waveforms, spec.sample_rate)
    _remove_others(folder, written_stems, {"original", *next(iter(frames.values()), {})}, set(samples))
    return {
        "utterances": min(heard, scored),
        "written": written_stems,
        "unreadable": unreadable,
        **sound_scores.scored(compared, seed=seed),
    }


def _remove_others(folder: Path, stems: list[str], methods: set[str], samples: set[str]) -> None:
    """Remove the examples of other utterances, and other samples: files that are named as `listen` names them."""
    for path in folder.glob("audio/*.wav"):
        stem, _, method = path.stem.rpartition(".")
        if stem in stems:
            if method.startswith(SAMPLE) and method not in samples:
                path.unlink()
        elif method in methods or method.startswith(SAMPLE):
            path.unlink()
            (folder / "figures" / f"{stem}.png").unlink(missing_ok=True)
