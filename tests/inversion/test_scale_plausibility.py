"""Tests of the plausibility of spectrograms: speech passes in its scale, and in another is told which it is."""

from dataclasses import replace

import numpy as np
import pytest
from configurations import composed, preset
from programs import invert
from speech import speech

from mfccinv.features.extract import extract_log_mel, stft_magnitude
from mfccinv.inversion.scale_plausibility import require_plausible_scale

SPEC = preset("asr")
KINDS = {"mel": ("magnitude", "power", "db", "ln"), "linear": ("magnitude", "power", "db")}


@pytest.fixture(scope="module")
def spectrograms():
    """Speech by kind and scale, (rows, n_frames)."""
    y = speech(16000, 3.0)
    level_db = {"mel": extract_log_mel(y, SPEC).T, "linear": 20 * np.log10(stft_magnitude(y, SPEC).T + 1e-9)}
    return {
        kind: {
            "db": db,
            "power": 10 ** (db / 10),
            "magnitude": 10 ** (db / 20),
            "ln": db * np.log(10) / 20,
        }
        for kind, db in level_db.items()
    }


@pytest.mark.parametrize(("kind", "scale"), [(kind, scale) for kind, scales in KINDS.items() for scale in scales])
def test_each_scale_passes_and_in_another_is_named(spectrograms, kind, scale):
    array = spectrograms[kind][scale]
    require_plausible_scale(array, kind, scale, SPEC)
    for said in set(KINDS[kind]) - {scale}:
        # dB below 0 can't be magnitudes, nor large powers dB, which are other messages.
        with pytest.raises(
            ValueError, match=f"but with scale={scale}: say so|can't be negative|the values are too large"
        ):
            require_plausible_scale(array, kind, said, SPEC)


@pytest.mark.parametrize("scale", ["density", "spectrum"])
def test_constant_factors_do_not_matter(spectrograms, scale):
    require_plausible_scale(1e-5 * spectrograms["linear"]["power"], "linear", scale, SPEC)
    with pytest.raises(ValueError, match="no speech with scale=stft, but with scale=power: say so, or force=true"):
        require_plausible_scale(spectrograms["linear"]["power"], "linear", "stft", SPEC)


def test_few_frames_unknown_features_and_what_is_no_speech_pass(spectrograms):
    power = spectrograms["mel"]["power"]
    require_plausible_scale(power[:, :49], "mel", "magnitude", SPEC)
    require_plausible_scale(power, "mel", "magnitude", replace(SPEC, f_max_hz=7777.0))
    noise = np.random.default_rng(0).uniform(size=(80, 200))
    for scale in ("power", "magnitude"):
        require_plausible_scale(noise, "mel", scale, SPEC)


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_program_refuses_unless_forced(tmp_path, spectrograms, kind):
    np.save(tmp_path / "a.npy", spectrograms[kind]["power"])
    options = [f"input={tmp_path / 'a.npy'}", f"output={tmp_path / 'out'}", f"kind={kind}", "scale=magnitude"]
    options += ["phase=griffin_lim", "phase.iterations=0", "progress=false"]
    with pytest.raises(ValueError, match=r"a.npy: it is no speech with scale=magnitude, but with scale=power"):
        invert(composed("invert", *options))
    [done] = invert(composed("invert", *options, "force=true"))
    assert done.path.is_file()
