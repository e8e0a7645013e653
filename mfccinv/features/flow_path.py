"""The path of flow matching: in a straight line from noise to the fine structure of speech.

Lipman et al., Flow matching for generative modeling, 2023. At time 0 there is noise, at time 1 the fine structure x of
a frame. Between them is the state ``t x + (1 - t) noise``. A network is given MFCC, state and time, and predicts
``((1 - t) x - t noise) / sqrt(t² + (1 - t)²)``. The velocity ``x - noise`` follows from it, and it varies about as much
at all times (after the v of Salimans and Ho, Progressive distillation for fast sampling of diffusion models, 2022). At
time 0 that is x itself, of which the state tells nothing: there the network predicts the mean, as any other does.
"""

from dataclasses import dataclass

import numpy as np

from mfccinv.features.fine_structure import add_fine_structure, fine_structure
from mfccinv.features.spec import FeatureSpec

STATE_FRAMES = 129  # of the state that are seen to predict one


@dataclass(frozen=True)
class FlowPath:
    """The path for features. Frames are (segments, n_frames, n), float32, and times (segments,), in [0, 1].

    Parameters
    ----------
    spec : FeatureSpec
        With fewer MFCC than mel bands.
    std_db : float > 0
        Standard deviation of each coefficient of the noise, dB: about that of the fine structure.
    """

    spec: FeatureSpec
    std_db: float

    @property
    def n_coefficients(self) -> int:
        """Number of coefficients in a frame's fine structure."""
        return self.spec.n_mels - self.spec.n_mfcc

    def draw(self, rng: np.random.Generator, n_segments: int, n_frames: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw noise (n_segments, n_frames, n_coefficients) and times (n_segments,), one from each of as many parts."""
        noise = rng.standard_normal((n_segments, n_frames, self.n_coefficients), np.float32)
        return noise, ((np.arange(n_segments) + rng.random(n_segments)) / n_segments).astype(np.float32)

    def training_pair(self, log_mel: np.ndarray, noise: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Make what a network is given of true frames, and the frames that it is to predict.

        Parameters
        ----------
        log_mel : (segments, n_frames, n_mels), dB
        noise : (segments, n_frames, n_coefficients), of variance 1
        time : (segments,)

        Returns
        -------
        given : (segments, n_frames, n_coefficients + 1)
            State and time, see `given`.
        target : (segments, n_frames, n_mels), dB
            Frames with the MFCC of the true ones.
        """
        fine, t = fine_structure(log_mel, self.spec), _of_frames(time)
        x = fine / np.float32(self.std_db)
        to_predict = ((1 - t) * x - t * noise) / _norm(t)
        target = add_fine_structure(log_mel, np.float32(self.std_db) * to_predict - fine, self.spec)
        return self.given(t * x + (1 - t) * noise, time), target

    def given(self, state: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Put time behind states: (segments, n_frames, n_coefficients) → (segments, n_frames, n_coefficients + 1)."""
        return np.concatenate([state, np.broadcast_to(_of_frames(time), (*state.shape[:2], 1))], axis=2)

    def velocity(self, predicted: np.ndarray, state: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Find the velocity of states from the frames that a network predicts, (segments, n_frames, n_coefficients)."""
        made, t = fine_structure(predicted, self.spec) / np.float32(self.std_db), _of_frames(time)
        return ((2 * t - 1) * state + _norm(t) * made) / _norm(t) ** 2

    def frames(self, predicted: np.ndarray, state: np.ndarray) -> np.ndarray:
        """Return frames of the MFCC of those predicted and of a state as their fine structure, (…, n_mels), dB."""
        fine = np.float32(self.std_db) * state
        return add_fine_structure(predicted, fine - fine_structure(predicted, self.spec), self.spec)


def _of_frames(time: np.ndarray) -> np.ndarray:
    return np.asarray(time, np.float32)[:, None, None]


def _norm(t: np.ndarray) -> np.ndarray:
    return np.sqrt(t**2 + (1 - t) ** 2)
