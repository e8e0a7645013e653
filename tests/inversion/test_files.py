"""Tests of the inversion of files: every kind and scale, sound, folders, names, and one clear line for an error."""

import errno
import os
import re
import struct

import kaldiio
import numpy as np
import pytest
import scipy.io
import scipy.signal
import soundfile
from configurations import preset, settings
from programs import call, invert
from speech import speech

from mfccinv.configs.dialects import resolve_dialect
from mfccinv.features.dialect import extract_dialect
from mfccinv.features.extract import extract_features, stft_magnitude
from mfccinv.inversion import files
from mfccinv.inversion.files import Inverted, describe_inverted
from mfccinv.synthesis.stft import spectral_convergence

SPEC = preset("asr")


@pytest.fixture(scope="module")
def y():
    return speech(16000, 1.0).astype(np.float32)


def config(source, tmp_path, **changed):
    return {
        "input": str(source),
        "output": str(tmp_path / "out"),
        "format": "wav",
        "kind": "mfcc",
        "frames": "last",
        "scale": None,
        "features": settings("features", "asr"),
        "dialect": None,
        "normalised": None,
        "statistics": None,
        "key": None,
        "checkpoint": None,
        "detail": "mean",
        "force": False,
        "magnitude": settings("magnitude", "nnls"),
        "phase": settings("phase", "griffin_lim"),
        "vocoder": None,
        "seed": 0,
        "progress": False,
    } | changed


def saved(path, array):
    np.save(path, array)
    return path


def likeness(y, path):
    """Correlation of the log-mel frames of a sound and of a file."""
    made, rate = soundfile.read(path)
    assert rate == 16000
    assert abs(len(made) - len(y)) < 512
    made = np.pad(made, (0, 512))[: len(y)]
    true, heard = (np.maximum(extract_features(x, SPEC)[1], -40).ravel() for x in (y, made))
    return np.corrcoef(true, heard)[0, 1]


class TestKinds:
    @pytest.mark.parametrize("n_mfcc", [13, 20, 40])
    @pytest.mark.parametrize("checkpoint", ["auto", None])
    def test_mfcc(self, tmp_path, y, n_mfcc, checkpoint):
        mfcc, _ = extract_features(y, preset("asr", n_mfcc=n_mfcc))
        [done] = invert(config(saved(tmp_path / "a.npy", mfcc.T), tmp_path, checkpoint=checkpoint))
        assert done.path == tmp_path / "out" / "a.wav"
        assert likeness(y, done.path) > 0.85

    @pytest.mark.parametrize("name", ["kaldi", "python_speech_features", "torchaudio"])
    def test_mfcc_of_other_tools_and_their_round_trip_sound_alike(self, tmp_path, y, name):
        """Deltas behind the coefficients change nothing."""
        dialect = resolve_dialect(name)
        chosen = {"dialect": settings("dialect", name), "features": settings("features", name), "frames": "first"}
        written = extract_dialect(y, dialect)
        saved(tmp_path / "a.npy", np.hstack([written, np.ones_like(written)]))
        soundfile.write(tmp_path / "b.wav", y, 16000, subtype="FLOAT")
        for source in ("a.npy", "b.wav"):
            [done] = invert(config(tmp_path / source, tmp_path, **chosen))
            assert likeness(y, done.path) > 0.7
        level_db = 20 * np.log10(np.std(soundfile.read(tmp_path / "out" / "b.wav")[0]) / np.std(y))
        assert abs(level_db) < 5

    @pytest.mark.parametrize("scale", ["power", "magnitude", "db", "ln"])
    def test_mel(self, tmp_path, y, scale):
        log_mel = extract_features(y, SPEC)[1]
        array = {
            "db": log_mel,
            "power": 10 ** (log_mel / 10),
            "magnitude": 10 ** (log_mel / 20),
            "ln": log_mel * np.log(10) / 20,
        }[scale]
        [done] = invert(config(saved(tmp_path / "a.npy", array), tmp_path, kind="mel", scale=scale, frames="first"))
        assert likeness(y, done.path) > 0.95

    @pytest.mark.parametrize("scale", ["magnitude", "power", "db"])
    def test_linear(self, tmp_path, y, scale):
        magnitude = stft_magnitude(y, SPEC).T
        array = {"db": 20 * np.log10(magnitude + 1e-9), "power": magnitude**2, "magnitude": magnitude}[scale]
        [done] = invert(config(saved(tmp_path / "a.npy", array), tmp_path, kind="linear", scale=scale))
        assert likeness(y, done.path) > 0.97

    @pytest.mark.parametrize("scaling", ["spectrum", "psd"])
    @pytest.mark.parametrize("n_fft", [400, 512])
    def test_stft_with_its_phase_gives_the_sound_back(self, tmp_path, y, scaling, n_fft):
        _, _, array = scipy.signal.stft(y.astype(float), 16000, nperseg=400, noverlap=240, nfft=n_fft, scaling=scaling)
        changed = {"n_fft": n_fft}
        scale = {"spectrum": "stft", "psd": "stft_psd"}[scaling]
        source = saved(tmp_path / "a.npy", array.astype(np.complex64))
        given = config(source, tmp_path, kind="linear", scale=scale, phase=settings("phase", "pghi"))
        [done] = invert(given | {"features": settings("features", "asr") | changed})
        made, _ = soundfile.read(done.path)
        assert np.abs(made[:15900] - y[:15900]).max() < 1e-3


class TestFiles:
    def test_sound_makes_the_round_trip_at_its_length(self, tmp_path, y):
        soundfile.write(tmp_path / "a.flac", y[:12345], 16000)
        [done] = invert(config(tmp_path / "a.flac", tmp_path, format="flac"))
        made, _ = soundfile.read(done.path)
        assert (done.path.name, len(made)) == ("a.flac", 12345)
        assert likeness(y[:12345], done.path) > 0.85

    def test_an_array_that_is_not_there_is_told(self, tmp_path, y):
        np.savez(tmp_path / "two.npz", first=extract_features(y, SPEC)[0].T, second=np.zeros(3))
        with pytest.raises(ValueError, match=r"two.npz: it has no array frist; it has first(, second)?$"):
            invert(config(tmp_path / "two.npz", tmp_path, key="frist"))
        (tmp_path / "empty.ark").touch()
        with pytest.raises(ValueError, match=r"empty\.ark: it holds no array$"):
            invert(config(tmp_path / "empty.ark", tmp_path))

    def test_a_folder_with_all_that_can_be_in_it(self, tmp_path, y):
        folder = tmp_path / "in"
        (folder / "deep").mkdir(parents=True)
        mfcc = extract_features(y, SPEC)[0].T
        saved(folder / "a.npy", mfcc)
        soundfile.write(folder / "a.wav", y, 16000)
        np.savez(folder / "deep" / "two.npz", first=mfcc, second=mfcc[:, :50])
        saved(folder / "nan.npy", np.full((20, 5), np.nan))
        saved(folder / "objects.npy", np.array([{"a": 1}], dtype=object))
        (folder / "text.npy").write_text("no array")
        (folder / "notes.txt").write_text("not looked at")
        done = {}
        for one in invert(config(folder, tmp_path)):
            done.setdefault(one.source.removeprefix(f"{folder}/"), []).append(one)
        made = {
            source: [one.path and str(one.path.relative_to(tmp_path / "out")) for one in ones]
            for source, ones in done.items()
        }
        assert made == {
            "a.npy": ["a.wav"],
            "a.wav": ["a.wav.wav"],
            "deep/two.npz": ["deep/two.first.wav", "deep/two.second.wav"],
            "nan.npy": [None],
            "objects.npy": [None],
            "text.npy": [None],
        }
        assert "finite" in done["nan.npy"][0].reason
        assert "must hold numbers, got object" in done["objects.npy"][0].reason
        assert "not an array of numbers or damaged" in done["text.npy"][0].reason
        text = describe_inverted([one for ones in done.values() for one in ones])
        assert text.splitlines()[-1] == "3 of 7 could not be inverted"
        assert "deep/two.second.wav: 0.49 s at 16000 Hz" in text

    def test_names_that_become_one_get_numbers(self, tmp_path, y):
        folder = tmp_path / "in"
        folder.mkdir()
        for name in ("a b", "a(b", "a_b", "a=b"):
            saved(folder / f"{name}.npy", extract_features(y, SPEC)[0].T)
        made = {one.path.name for one in invert(config(folder, tmp_path))}
        assert made == {"a_b.wav", "a_b.npy.wav", "a_b-2.wav", "a_b-3.wav"}

    def test_pointers_into_the_archives_of_a_folder_are_passed_over(self, tmp_path, y):
        """As Kaldi's programs leave them: an archive, pointers into it, and those of all archives together."""
        folder = tmp_path / "in"
        folder.mkdir()
        matrices = {"one": extract_features(y, SPEC)[0]}
        kaldiio.save_ark(str(folder / "raw.1.ark"), matrices, scp=str(folder / "raw.1.scp"))
        (folder / "feats.scp").write_text((folder / "raw.1.scp").read_text())
        [done] = invert(config(folder, tmp_path))
        assert done.path.name == "one.wav"
        renamed = (folder / "raw.1.scp").read_text().replace("one", "two")
        (folder / "renamed.scp").write_text(renamed)
        assert [done.path.name for done in invert(config(folder, tmp_path))] == ["one.wav", "two.wav"]
        (folder / "renamed.scp").write_text(f"{renamed.strip()}7\n")
        [_, done] = invert(config(folder, tmp_path))
        assert (done.path, done.source) == (None, str(folder / "renamed.scp"))
        (folder / "renamed.scp").unlink()
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (folder / "feats.scp").rename(elsewhere / "feats.scp")
        [done] = invert(config(elsewhere, tmp_path))
        assert done.source.endswith("feats.scp")

    def test_a_matrix_without_a_key_has_its_files_name(self, tmp_path, y):
        kaldiio.save_mat(str(tmp_path / "a.ark"), extract_features(y, SPEC)[0])
        [done] = invert(config(tmp_path / "a.ark", tmp_path))
        assert done.path.name == "a.wav"

    @pytest.mark.parametrize("wrong", [np.nan, np.inf])
    def test_mel_frames_for_a_vocoder_must_be_finite(self, tmp_path, wrong):
        mel = np.full((80, 9), 0.1)
        mel[3, 4] = wrong
        asked = config(saved(tmp_path / "a.npy", mel), tmp_path, kind="mel", scale="magnitude", format="mel")
        with pytest.raises(ValueError, match="mel must be finite, got NaN or infinite"):
            invert(asked | {"features": settings("features", "hifigan")})

    def test_loud_sound_is_turned_down_and_that_is_told(self, tmp_path, y):
        magnitude = 100 * stft_magnitude(y, SPEC).T
        [done] = invert(config(saved(tmp_path / "a.npy", magnitude), tmp_path, kind="linear", scale="magnitude"))
        made, _ = soundfile.read(done.path)
        assert np.abs(made).max() == pytest.approx(0.999, abs=1e-3)
        assert done.gain < 0.1
        assert f"turned down by {-20 * np.log10(done.gain):.1f} dB" in describe_inverted([done])
        quiet = spectral_convergence(magnitude * done.gain, stft_magnitude(made, SPEC).T[:, : magnitude.shape[1]])
        assert quiet < -15

    def test_a_reason_is_told_once(self, tmp_path):
        for name in "abc":
            saved(tmp_path / f"{name}.npy", np.zeros((17, 9)))
        told = describe_inverted(invert(config(tmp_path, tmp_path, checkpoint="auto"))).splitlines()
        assert len(told) == 2
        assert told[0].startswith(f"{tmp_path / 'a.npy'} and 2 more: no pretrained run takes these features")
        assert told[1] == "3 of 3 could not be inverted"

    def test_what_is_damaged_does_not_stop_the_others(self, tmp_path, y):
        folder = tmp_path / "in"
        folder.mkdir()
        mfcc = extract_features(y, SPEC)[0].T
        for name, save in {"plain": np.savez, "compressed": np.savez_compressed}.items():
            save(folder / f"{name}.npz", mfcc=mfcc)
            whole = (folder / f"{name}.npz").read_bytes()
            (folder / f"{name}_cut.npz").write_bytes(whole[: len(whole) // 2])
            (folder / f"{name}_wrong.npz").write_bytes(whole[:300] + bytes(100) + whole[400:])
        np.savez(folder / "empty.npz")
        done = {one.source.rpartition("/")[2]: one.reason for one in invert(config(folder, tmp_path))}
        assert done.pop("empty.npz") == "it holds no array"
        assert {name for name, reason in done.items() if not reason} == {"plain.npz", "compressed.npz"}
        damaged = re.compile("(array mfcc: )?not an array of numbers or damaged: ")
        assert all(damaged.match(reason) for reason in done.values() if reason)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_what_is_no_file_is_told_and_the_others_are_inverted(self, tmp_path, y, monkeypatch):
        folder = tmp_path / "in"
        (folder / "locked").mkdir(parents=True)
        mfcc = extract_features(y, SPEC)[0].T
        saved(folder / "a.npy", mfcc)
        os.mkfifo(folder / "pipe.npy")
        (folder / "circle.wav").symlink_to("circle.wav")
        (folder / "broken.npz").symlink_to("nowhere.npz")
        (folder / "folder.npy").mkdir()
        np.savez(folder / "long.npz", **{"x" * 300: mfcc})
        scan = os.scandir
        monkeypatch.setattr(os, "scandir", lambda path: refuse(path) if str(path).endswith("locked") else scan(path))

        def refuse(path):
            raise PermissionError(errno.EACCES, "Permission denied", path)

        done = {one.source.rpartition("/")[2]: one for one in invert(config(folder, tmp_path))}
        assert {name: one.reason for name, one in done.items() if one.reason} == {
            "pipe.npy": "not a file, but a folder, a pipe, a socket or a device",
            "circle.wav": "it can't be read: Too many levels of symbolic links",
            "broken.npz": "missing: it is a link, and there is no file at its end",
            "locked": "the folder can't be read: Permission denied",
        }
        assert {name for name, one in done.items() if one.path} == {"a.npy", "long.npz"}

    @pytest.mark.parametrize(
        ("error", "reason"),
        [(MemoryError(), "too large for the memory"), (OSError(errno.EIO, "Input/output error"), "Input/output error")],
    )
    def test_what_one_file_meets_does_not_stop_the_others(self, tmp_path, y, monkeypatch, error, reason):
        folder = tmp_path / "in"
        folder.mkdir()
        for name in ("a.npy", "bad.npy", "c.npy"):
            saved(folder / name, extract_features(y, SPEC)[0].T)
        read = files.stored_arrays

        def failing(path):
            if path.name == "bad.npy":
                raise error
            yield from read(path)

        monkeypatch.setattr(files, "stored_arrays", failing)
        assert [bool(one.path) for one in invert(config(folder, tmp_path))] == [True, False, True]
        assert reason in invert(config(folder, tmp_path))[1].reason
        with pytest.raises(ValueError, match=rf"bad\.npy: .*{reason}"):
            invert(config(folder / "bad.npy", tmp_path))

    def test_an_error_of_the_program_is_not_swallowed(self, tmp_path, monkeypatch):
        saved(tmp_path / "a.npy", np.zeros((20, 9)))
        monkeypatch.setattr(files, "_write", None)
        with pytest.raises(TypeError):
            invert(config(tmp_path, tmp_path))

    def test_names_of_any_bytes_are_told_in_a_line(self):
        text = describe_inverted([Inverted("a\nb\x1b[2J\udcff.npy", reason="no\narray")])
        assert text.splitlines() == [r"a\nb\x1b[2J\udcff.npy: no\narray", "1 of 1 could not be inverted"]

    def test_a_bad_array_of_an_archive_does_not_stop_the_others(self, tmp_path, y):
        """Each is rejected with its name, whatever is wrong with it; an archive of bad ones alone tells of all."""
        mfcc = extract_features(y, SPEC)[0].T
        bad = {"nan": np.full((20, 5), np.nan), "text": np.array([["a"]]), "flat": np.zeros(9), "zzz": mfcc * 1j}
        np.savez(tmp_path / "a.npz", first=mfcc, **bad, last=mfcc[:, :50], damaged=mfcc[:, :30])
        content = bytearray((tmp_path / "a.npz").read_bytes())
        content[content.rindex(mfcc[:, 29].tobytes())] ^= 1
        (tmp_path / "a.npz").write_bytes(content)
        reasons = {
            "array nan: mfcc must be finite, got NaN or infinite values",
            "array text: it must hold numbers, got <U1",
            "array flat: it must be two-dimensional, got shape (9,)",
            "array zzz: it is complex: kind must be linear, got mfcc",
            "array damaged: not an array of numbers or damaged: Bad CRC-32 for file 'damaged.npy'",
        }
        done = invert(config(tmp_path / "a.npz", tmp_path))
        assert [one.path.name for one in done if one.path] == ["a.first.wav", "a.last.wav"]
        assert {one.reason for one in done if not one.path} == reasons
        assert [one.reason[:11] for one in done if one.is_aside] == ["array text:", "array flat:"]
        told = describe_inverted(done).splitlines()
        assert f"{tmp_path / 'a.npz'}: passed over, array flat: it must be two-dimensional, got shape (9,)" in told
        assert told[-1] == "3 of 5 could not be inverted"
        np.savez(tmp_path / "b.npz", **bad)
        alone = invert(config(tmp_path / "b.npz", tmp_path))
        assert {one.reason for one in alone} < reasons
        assert all(one.is_failed for one in alone)
        np.savez(tmp_path / "c.npz", flat=bad["flat"])
        with pytest.raises(ValueError, match=r"c\.npz: array flat: it must be two-dimensional, got shape \(9,\)$"):
            invert(config(tmp_path / "c.npz", tmp_path))

    def test_frames_as_far_apart_as_the_file_of_htk_says(self, tmp_path):
        dialect = resolve_dialect("htk")
        frames = extract_dialect(speech(16000, 1.0), dialect).astype(">f4")
        header = struct.pack(">iihH", len(frames), 50_000, 52, 0o20006)  # every 5 ms, MFCC_0
        (tmp_path / "a.mfc").write_bytes(header + frames.tobytes())
        given = {"dialect": settings("dialect", "htk"), "features": settings("features", "htk")}
        remedy = r"a frame every 5 ms, the features every 10 ms: say features.hop_seconds=0.005, or force=true$"
        with pytest.raises(ValueError, match=remedy):
            invert(config(tmp_path / "a.mfc", tmp_path, **given))
        half = given | {"features": given["features"] | {"hop_seconds": 0.005}}
        for changed, seconds in ((half, 0.5), (given | {"force": True}, 1.0)):
            [done] = invert(config(tmp_path / "a.mfc", tmp_path, **changed))
            assert done.seconds == pytest.approx(seconds, abs=0.02)

    def test_what_matlab_stores_beside_matrices_is_passed_over(self, tmp_path, y):
        scipy.io.savemat(tmp_path / "a.mat", {"mfcc": extract_features(y, SPEC)[0].T, "fs": 16000, "name": "one"})
        done = invert(config(tmp_path / "a.mat", tmp_path))
        assert [one.path and one.path.name for one in done] == ["a.mfcc.wav", None, None]
        assert not any(one.is_failed for one in done)
        assert "could not" not in describe_inverted(done)

    def test_names_in_an_archive_stay_in_the_output(self, tmp_path, y):
        np.savez(tmp_path / "a.npz", **{"x/../../../escaped": extract_features(y, SPEC)[0].T})
        [done] = invert(config(tmp_path / "a.npz", tmp_path))
        assert done.path.parent == tmp_path / "out"
        assert done.path.is_file()

    def test_half_precision_is_enough_to_store_but_not_to_compute_with(self, tmp_path, y):
        log_mel = extract_features(y, SPEC)[1]
        made = []
        for dtype in (np.float16, np.float32):
            source = saved(tmp_path / f"{dtype.__name__}.npy", log_mel.astype(np.float16).astype(dtype))
            [done] = invert(config(source, tmp_path, kind="mel", scale="db", frames="first"))
            made.append(soundfile.read(done.path)[0])
        np.testing.assert_array_equal(*made)

    def test_what_an_earlier_run_wrote_is_no_input(self, tmp_path, y, monkeypatch):
        monkeypatch.chdir(tmp_path)
        saved(tmp_path / "a.npy", extract_features(y, SPEC)[0].T)
        for _ in range(2):
            assert [one.source for one in invert(config(".", tmp_path, output=None))] == ["a.npy"]

    def test_output_must_be_a_folder(self, tmp_path):
        saved(tmp_path / "a.npy", np.zeros((20, 5)))
        with pytest.raises(ValueError, match=r"output must be a folder, .*a\.npy is a file"):
            invert(config(tmp_path / "a.npy", tmp_path, output=str(tmp_path / "a.npy")))
        with pytest.raises(ValueError, match=r"^output is a folder, in which a sound is named .* got .*out\.wav$"):
            invert(config(tmp_path / "a.npy", tmp_path, output=str(tmp_path / "out.wav")))

    def test_no_input_and_nothing_beside_it_is_replaced(self, tmp_path, y):
        saved(tmp_path / "a.npy", extract_features(y, SPEC)[0].T)
        soundfile.write(tmp_path / "a.wav", y, 16000)
        before = (tmp_path / "a.wav").read_bytes()
        with pytest.raises(ValueError, match="its sound would replace"):
            invert(config(tmp_path / "a.npy", tmp_path, output=str(tmp_path)))
        done = invert(config(tmp_path, tmp_path, output=str(tmp_path)))
        assert [one.path and one.path.name for one in done] == ["a.npy.wav", "a.wav.wav"]
        assert (tmp_path / "a.wav").read_bytes() == before

    def test_an_input_is_never_replaced(self, tmp_path, y):
        soundfile.write(tmp_path / "a.wav", y, 16000)
        before = (tmp_path / "a.wav").read_bytes()
        [done] = invert(config(tmp_path / "a.wav", tmp_path, output=str(tmp_path)))
        assert done.path.name == "a.wav.wav"
        assert (tmp_path / "a.wav").read_bytes() == before


class TestRefusals:
    @pytest.mark.parametrize(
        ("array", "changed", "message"),
        [
            (np.zeros((17, 9)), {"checkpoint": "auto"}, "no pretrained run takes these features"),
            (np.zeros((90, 9)), {}, r"n_mfcc must be in \[1, n_mels=80\], got 90"),
            (np.zeros(9), {}, r"a\.npy: it must be two-dimensional, got shape \(9,\)"),
            (np.full((20, 9), np.inf), {}, "mfcc must be finite"),
            (np.zeros((20, 0)), {}, "not empty"),
            (np.zeros((9, 80)), {"kind": "mel", "scale": "db", "format": "mel"}, r"n_mels=80, frames\), got shape"),
            (np.zeros((9, 80)), {"kind": "mel", "scale": "db"}, r"n_mels=80, frames\), got shape \(9, 80\), is it tr"),
            (np.zeros((80, 9)) - 30, {"kind": "mel", "scale": "power"}, r"scale=power can't be negative: is it in dB"),
            (np.zeros((80, 9)), {"kind": "mel"}, "scale of kind=mel must be one of magnitude, power, db, ln, got None"),
            (np.zeros((80, 9)), {"scale": "db"}, "scale of kind=mfcc must be one of null, got 'db'"),
            (np.zeros((256, 9)), {"kind": "linear", "scale": "db"}, r"must have n_fft // 2 \+ 1 = 257 bins"),
            (np.zeros((257, 9)) - 3, {"kind": "linear", "scale": "magnitude"}, r"scale=magnitude can't be negative"),
            (np.zeros((80, 9)) - 30, {"kind": "mel", "scale": "magnitude"}, r"scale=magnitude can't be negative"),
            (np.zeros((257, 9)) - 30, {"kind": "linear", "scale": "density"}, r"scale=density can't be negative"),
            (np.zeros((20, 9), complex), {}, "it is complex: kind must be linear, got mfcc"),
            (
                np.full((80, 9), 1e200),
                {"kind": "mel", "scale": "db"},
                r"the values are too large: 1e\+200 dB",
            ),
            (np.array([["a"]]), {}, "it must hold numbers, got <U1"),
            (np.zeros((20, 9)), {"kind": "cepstrum"}, "kind must be one of mfcc, mel, linear, got 'cepstrum'"),
            (np.zeros((20, 9)), {"format": "mp3"}, "format must be one of wav, flac, mel, got 'mp3'"),
            (np.zeros((20, 9)), {"frames": 0}, "frames must be one of last, first, got '?0"),
        ],
    )
    def test_are_clear(self, tmp_path, array, changed, message):
        with pytest.raises(ValueError, match=message):
            invert(config(saved(tmp_path / "a.npy", array), tmp_path, **changed))
        assert not (tmp_path / "out").exists()

    def test_what_is_not_there_or_no_input(self, tmp_path):
        with pytest.raises(ValueError, match="nothing to invert: say input="):
            invert(config(tmp_path, tmp_path, input=None))
        with pytest.raises(ValueError, match=r"input .*nowhere is not there"):
            invert(config(tmp_path / "nowhere", tmp_path))
        with pytest.raises(ValueError, match=r"input .* is not there, or no file and no folder"):
            invert(config("x" * 5000, tmp_path))
        with pytest.raises(ValueError, match=r"no file in .* ends in \.npy"):
            invert(config(tmp_path, tmp_path))
        (tmp_path / "a.txt").write_text("text")
        with pytest.raises(ValueError, match="neither an array"):
            invert(config(tmp_path / "a.txt", tmp_path))


class TestPlausibility:
    @pytest.fixture
    def mfcc(self, y):
        return extract_dialect(y, resolve_dialect("python_speech_features"))

    @pytest.mark.parametrize("n_frames", [10, 98])
    def test_frames_along_the_other_axis(self, tmp_path, mfcc, n_frames):
        """Fewer than bands, or more."""
        rows = mfcc[:n_frames]
        with pytest.raises(ValueError, match=r"a.npy: its frames are along the other axis: say frames=first, or force"):
            invert(config(saved(tmp_path / "a.npy", rows), tmp_path))
        with pytest.raises(ValueError, match="say frames=last, or force=true"):
            invert(config(saved(tmp_path / "a.npy", rows.T), tmp_path, frames="first"))

    def test_another_tools_are_refused_unless_forced(self, tmp_path, mfcc):
        source = saved(tmp_path / "a.npy", mfcc.T)
        with pytest.raises(ValueError, match=r"a.npy: mfcc can't be what they are said to be: .* or force=true"):
            invert(config(source, tmp_path))
        [done] = invert(config(source, tmp_path, force=True))
        assert done.path.is_file()

    def test_the_program_ends_with_the_line(self, tmp_path, mfcc):
        saved(tmp_path / "a.npy", mfcc)
        done = call("invert", "input=a.npy", "checkpoint=null", "progress=false", cwd=tmp_path)
        assert (done.code, done.stdout) == (2, "")
        assert done.stderr == "error: a.npy: its frames are along the other axis: say frames=first, or force=true\n"
