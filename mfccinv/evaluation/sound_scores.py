"""Scores of sounds against their originals: collected utterance by utterance, as far as the packages are there."""

from collections import defaultdict

import numpy as np

from mfccinv.audio.f0 import f0_is_installed, track_f0
from mfccinv.audio.perceptual_scores import audio_quality, quality_is_installed
from mfccinv.audio.predicted_opinion import mos_is_installed, predict_mos
from mfccinv.audio.speech_recognition import recognise_words, recogniser_is_installed
from mfccinv.evaluation.bootstrap import score_means, score_sums
from mfccinv.evaluation.sound_metrics import CepstralSums, F0Sums, WordSums
from mfccinv.evaluation.sums import Sums


def check_installed(*, wer: bool, mos: bool) -> None:
    """Refuse with ValueError scores that are asked for and whose packages are missing."""
    if wer and not recogniser_is_installed():
        raise ValueError("wer=true needs PocketSphinx and jiwer: pip install 'mfccinv[wer]', or leave wer=false")
    if mos and not mos_is_installed():
        raise ValueError("mos=true needs DistillMOS and PyTorch: pip install 'mfccinv[mos]', or leave mos=false")


class SoundScores:
    """Scores of the sounds of several methods, all of the same utterances.

    Parameters
    ----------
    wer : bool
        Whether words are recognised and compared: those of the original are the reference.
    mos : bool
        Whether the opinion of listeners is predicted.
    """

    def __init__(self, *, wer: bool, mos: bool):
        self._wer, self._mos = wer, mos
        self._quality: dict[str, list[dict[str, float]]] = defaultdict(list)  # by method, one an utterance
        self._sums: dict[type[Sums], dict[str, list[Sums]]] = defaultdict(lambda: defaultdict(list))

    def add(self, original: np.ndarray, sounds: dict[str, np.ndarray], sample_rate: int) -> None:
        """Score the sounds of an utterance, by method, each as long as the original, (n_samples,), full scale 1."""
        for method, y in sounds.items():
            self._keep(method, CepstralSums.of(original, y, sample_rate))
        if quality_is_installed() or self._mos:
            for method, y in sounds.items():
                quality = audio_quality(original, y, sample_rate) if quality_is_installed() else {}
                self._quality[method].append(quality | ({"mos": predict_mos(y, sample_rate)} if self._mos else {}))
        if f0_is_installed():
            true_hz = track_f0(original, sample_rate)
            for method, y in sounds.items():
                self._keep(method, F0Sums.of(true_hz, track_f0(y, sample_rate)))
        if self._wer:
            true_words = recognise_words(original, sample_rate)
            for method, y in sounds.items():
                self._keep(method, WordSums.of(true_words, recognise_words(y, sample_rate)))

    def scored(self, compared: tuple[str, str], *, seed: int) -> dict:
        """Scores of all that was added.

        Parameters
        ----------
        compared : (str, str)
            The gain is the score of the first method less that of the second.
        seed : int
            Of the intervals, which are over utterances.

        Returns
        -------
        scores : dict
            ``methods``: by method and score. ``gain``: by score. Each is ``{"value", "interval"}``.
        """
        methods: dict[str, dict] = defaultdict(dict)
        gain: dict = {}
        if self._quality:
            methods |= {method: score_means(_columns(rows), seed=seed) for method, rows in self._quality.items()}
            model, baseline = (self._quality[method] for method in compared)
            differences = [
                {name: one[name] - other[name] for name in one if name in other}
                for one, other in zip(model, baseline, strict=True)
            ]
            gain |= score_means(_columns(differences), seed=seed)
        for sums in self._sums.values():
            model_name, baseline_name = compared
            found = score_sums(sums, model=model_name, baseline=baseline_name, seed=seed)
            gain |= found["gain"]
            for method, scores in found["total"].items():
                methods[method] = methods[method] | scores
        return {"methods": dict(methods), "gain": gain}

    def _keep(self, method: str, sums: Sums) -> None:
        self._sums[type(sums)][method].append(sums)


def _columns(rows: list[dict[str, float]]) -> dict[str, list[float]]:
    """Values by name, of the rows that have them."""
    columns: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.items():
            columns[name].append(value)
    return columns
