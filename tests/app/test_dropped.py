"""Tests of what is dropped on the page: what it is taken for, and one line for what can't be used."""

import librosa
import numpy as np
import pytest
import soundfile
from speech import SPEECH, speech

from mfccinv.app.dropped import MOST_KEYS, Dropped, holds_sound, look, read_mfcc, read_sound
from mfccinv.configs.dialects import resolve_dialect
from mfccinv.features.dialect import extract_dialect

MFCC = extract_dialect(speech(16000), resolve_dialect("asr")).T  # (20, n_frames)


def saved(path, array):
    np.save(path, array)
    return path


def test_sound(tmp_path):
    found = look(SPEECH, 60)
    assert found == Dropped("conf-getpin.flac: 2.98 s of sound at 16000 Hz")
    assert found.is_sound
    assert holds_sound(SPEECH)
    soundfile.write(tmp_path / "y.wav", np.full((100, 2), 0.1), 8000)
    assert look(tmp_path / "y.wav", 60).told == "y.wav: 0.01 s of sound at 8000 Hz, 2 channels"


def test_sound_is_read_at_the_rate_of_the_features():
    assert len(read_sound(SPEECH, 8000, 60)) == len(speech(16000)) // 2


@pytest.mark.parametrize("is_first", [False, True])
def test_the_frames_axis_is_found(tmp_path, is_first):
    path = saved(tmp_path / "a.npy", MFCC.T if is_first else MFCC)
    found = look(path, 60)
    rows = ", frames in rows" if is_first else ""
    assert found == Dropped(f"a.npy: {MFCC.shape[1]} frames of 20 coefficients{rows}", ("",), "", 20, is_first)
    assert not found.is_sound
    np.testing.assert_array_equal(read_mfcc(path, None, is_first), MFCC)


def test_deltas_are_left_out_of_what_is_inverted(tmp_path):
    path = saved(tmp_path / "a.npy", np.vstack([MFCC, librosa.feature.delta(MFCC)]))
    found = look(path, 60)
    assert found.n_columns == 20
    assert found.told == f"a.npy: {MFCC.shape[1]} frames of 20 coefficients; their deltas are left out"
    np.testing.assert_array_equal(read_mfcc(path, "", False), MFCC)


def test_the_axis_that_a_visitor_says_counts(tmp_path):
    path = saved(tmp_path / "a.npy", MFCC)
    assert look(path, 60, is_first=True).n_columns == MFCC.shape[1]
    assert read_mfcc(path, "", True).shape == MFCC.T.shape


def test_an_archive_has_names_and_begins_with_what_can_be_read(tmp_path):
    np.savez(tmp_path / "a.npz", text=np.array(["x"]), one=MFCC, two=MFCC[:13])
    found = look(tmp_path / "a.npz", 60)
    assert (found.keys, found.key, found.n_columns) == (("text", "one", "two"), "one", 20)
    assert found.told.endswith("; 3 arrays")
    assert look(tmp_path / "a.npz", 60, "two").n_columns == 13
    np.testing.assert_array_equal(read_mfcc(tmp_path / "a.npz", "two", False), MFCC[:13])
    with pytest.raises(ValueError, match=r"^a\.npz: it must hold numbers, got <U1$"):
        look(tmp_path / "a.npz", 60, "text")
    with pytest.raises(ValueError, match=r"^a\.npz: it holds no such array$"):
        look(tmp_path / "a.npz", 60, "three")


def test_the_names_of_a_large_archive_are_not_all_listed(tmp_path):
    np.savez(tmp_path / "a.npz", **{f"u{k}": np.eye(2) for k in range(MOST_KEYS + 1)})
    found = look(tmp_path / "a.npz", 60)
    assert len(found.keys) == MOST_KEYS
    assert f"the first {MOST_KEYS} arrays" in found.told


def test_htk_says_what_was_normalised(tmp_path):
    header = (
        np.array([5, 100000], ">i4").tobytes() + np.array([4 * 13, 6 | 0o4000 | 0o20000], ">i2").tobytes()
    )  # MFCC_Z_0
    (tmp_path / "a.mfc").write_bytes(header + np.zeros((5, 13), ">f4").tobytes())
    found = look(tmp_path / "a.mfc", 60)
    assert (found.is_first, found.normalised, found.n_columns) == (True, "mean", 13)
    assert found.told.endswith("; HTK says that each coefficient's mean was normalised")


def test_a_list_of_other_files_is_not_read(tmp_path):
    """It would let a visitor read files of the machine that the page is on."""
    np.save(tmp_path / "secret.npy", MFCC)
    (tmp_path / "a.scp").write_text(f"key {tmp_path / 'secret.npy'}\n")
    for read in (lambda path: look(path, 60), lambda path: read_mfcc(path, "key", True)):
        with pytest.raises(ValueError, match=r"^a\.scp names other files: drop the \.ark that it points into$"):
            read(tmp_path / "a.scp")


def test_what_is_neither_sound_nor_an_array(tmp_path):
    (tmp_path / "a.txt").write_text("nothing")
    with pytest.raises(ValueError, match=r"^a\.txt is neither an array \(\.npy, .*, \.mat\) nor usable sound: not aud"):
        look(tmp_path / "a.txt", 60)


def test_silence_is_refused(tmp_path):
    soundfile.write(tmp_path / "y.wav", np.zeros(1000), 16000)
    with pytest.raises(ValueError, match=r"^y\.wav is silent: there is nothing to invert$"):
        read_sound(tmp_path / "y.wav", 16000, 60)


@pytest.mark.parametrize("read", [lambda: look(SPEECH, 2.5), lambda: read_sound(SPEECH, 16000, 2.5)])
def test_long_sound_is_refused(read):
    with pytest.raises(ValueError, match=r"too long: it has more than 2\.5 s$"):
        read()
