"""From a sound file to the features of one utterance, or the reason why it can't be used. Runs in worker processes."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace

import numpy as np

from mfccinv.audio.augmentation import Augmentation, ChangeEnergy
from mfccinv.audio.loudest import loudest_segment
from mfccinv.audio.sound_files import Recording, UnusableAudio, read_audio
from mfccinv.audio.unusable import TOO_LARGE
from mfccinv.corpora.splits import stable_fraction
from mfccinv.corpora.utterance import Utterance
from mfccinv.datasets.shards import UtteranceFeatures
from mfccinv.features.extract import extract_features, extract_log_magnitude, extract_phase_steps
from mfccinv.features.spec import FeatureSpec
from mfccinv.system.workers import ordered_map, task_batches


@dataclass(frozen=True)
class Rejection:
    """An utterance that can't be used, and why."""

    id: str
    reason: str


@dataclass(frozen=True)
class Extractor:
    """Extracts the features of utterances; those that are too short or silent are rejected.

    Parameters
    ----------
    spec : FeatureSpec
    min_seconds : float >= 0
        Shorter utterances are rejected.
    silence_dbfs : float, dB relative to full scale
        Utterances whose largest sample stays below this are rejected.
    augmentation : Augmentation or None
        How the variants of an utterance are made; None if there are none.
    linear : bool
        Whether linear spectra are extracted, too.
    phase : bool
        Whether phase steps are extracted, too.
    segment_seconds : float or None
        Length of the loudest stretch of each utterance that is taken, see `loudest_segment`; None: all of it.
    """

    spec: FeatureSpec
    min_seconds: float
    silence_dbfs: float
    augmentation: Augmentation | None = None
    linear: bool = False
    segment_seconds: float | None = None
    phase: bool = False

    def __call__(self, utterances: list[Utterance]) -> list[UtteranceFeatures | Rejection]:
        return [self._extract(utterance) for utterance in utterances]

    def _extract(self, utterance: Utterance) -> UtteranceFeatures | Rejection:
        try:
            recording, change_energy = self._read(utterance)
            require_usable(recording, self.spec, min_seconds=self.min_seconds, silence_dbfs=self.silence_dbfs)
            return self._analyse(utterance, loudest_segment(recording, self.segment_seconds), change_energy)
        except UnusableAudio as error:
            return Rejection(utterance.id, str(error))
        except MemoryError:
            return Rejection(utterance.id, TOO_LARGE)

    def _analyse(
        self, utterance: Utterance, recording: Recording, change_energy: ChangeEnergy | None
    ) -> UtteranceFeatures:
        mfcc, log_mel = extract_features(recording.y, self.spec, change_energy)
        return UtteranceFeatures(
            id=utterance.id,
            speaker=utterance.speaker or "",
            mfcc=mfcc,
            log_mel=log_mel,
            seconds=recording.seconds,
            source_rate=recording.source_rate,
            source_channels=recording.source_channels,
            log_magnitude=extract_log_magnitude(recording.y, self.spec, change_energy) if self.linear else None,
            phase_steps=extract_phase_steps(recording.y, self.spec) if self.phase else None,
        )

    def _read(self, utterance: Utterance) -> tuple[Recording, ChangeEnergy | None]:
        """Read an utterance, or make its variant, at the sample rate of the features."""
        if utterance.variant == 0:
            return read_utterance(utterance, self.spec.sample_rate), None
        assert self.augmentation is not None
        place = int(stable_fraction(utterance.id) * 2**53)
        rng = np.random.default_rng([self.augmentation.seed, place])
        recording = read_utterance(utterance, None)
        y, change_energy = self.augmentation.vary(recording, self.spec.sample_rate, rng)
        return replace(recording, y=y, sample_rate=self.spec.sample_rate), change_energy


def require_usable(recording: Recording, spec: FeatureSpec, *, min_seconds: float, silence_dbfs: float) -> None:
    """Refuse with UnusableAudio a recording that is too short or silent, see `Extractor`."""
    least_seconds = max(min_seconds, spec.n_fft / spec.sample_rate)
    if recording.seconds < least_seconds:
        raise UnusableAudio(f"too short: {recording.seconds:.3f} s, at least {least_seconds:.3f} s are needed")
    peak_dbfs = 20 * np.log10(np.max(np.abs(recording.y)) + 1e-12)
    if peak_dbfs < silence_dbfs:
        raise UnusableAudio(f"silent: its peak is {peak_dbfs:.0f} dBFS, at least {silence_dbfs:g} are needed")


def extract_all(
    utterances: Iterable[Utterance], extractor: Extractor, workers: int | None, executor: str = "processes"
) -> Generator[UtteranceFeatures | Rejection, None, None]:
    """Yield the features of each utterance or its rejection, in order, extracted in processes; see `ordered_map`."""
    for results in ordered_map(extractor, task_batches(utterances), workers, executor):
        yield from results


def read_utterance(utterance: Utterance, sample_rate: int | None) -> Recording:
    """Read the sound of an utterance at a rate in Hz (None: that of its file); errors as `read_audio`."""
    return read_audio(
        utterance.path,
        sample_rate,
        offset_seconds=utterance.offset_seconds,
        duration_seconds=utterance.duration_seconds,
    )
