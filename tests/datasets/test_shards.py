"""Tests of the shards: what is written comes back, mapped and aligned, and a damaged file is refused."""

import errno
import zipfile
from contextlib import suppress
from dataclasses import replace
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from processes import run_python

from mfccinv.datasets import shards
from mfccinv.datasets.shard_reader import open_shard
from mfccinv.datasets.shards import UtteranceFeatures, shard_pairs, write_plain_pairs, write_shard
from mfccinv.features.context import POSITIONS, Context

CONTEXT = Context(5, "centre")


def utterances_of(*lengths):
    """Utterances of so many frames; frame f of all has the MFCC [f, u, -f] and the log-mel frame [f, f, u, f + 0.5]."""
    made, frame = [], 0
    for u, length in enumerate(lengths):
        f = np.arange(frame, frame + length, dtype=np.float32)
        frame += length
        made.append(
            UtteranceFeatures(
                id=f"ü/{u}.wav",
                speaker="anna" if u % 2 else "",
                mfcc=np.stack([f, np.full_like(f, u), -f], axis=1),
                log_mel=np.stack([f, f, np.full_like(f, u), f + 0.5], axis=1),
                seconds=length / 100,
                source_rate=44100 + u,
                source_channels=1 + u % 2,
            )
        )
    return made


@pytest.fixture
def path(tmp_path):
    write_shard(tmp_path / "train-00000.npz", utterances_of(7, 3, 12), CONTEXT)
    return tmp_path / "train-00000.npz"


def rewritten(path, compress=False, **changed):
    """Write the arrays of a shard again, some of them changed, or left out with None."""
    with np.load(path) as arrays:
        arrays = {name: values for name, values in (dict(arrays) | changed).items() if values is not None}
    (np.savez_compressed if compress else np.savez)(path, **arrays)
    return path


def test_prints_what_it_holds_and_no_arrays(path):
    shard = open_shard(path)
    assert repr(shard) == "Shard('train-00000.npz': 3 utterances, mfcc (22, 3), log_mel (22, 4))"
    first, second, _ = shard
    assert repr(first) == "UtteranceFeatures('ü/0.wav': 0.07 s, mfcc (7, 3), log_mel (7, 4))"
    assert repr(second) == "UtteranceFeatures('ü/1.wav', speaker 'anna': 0.03 s, mfcc (3, 3), log_mel (3, 4))"


class TestRoundTrip:
    def test_utterances_come_back(self, path):
        for read, given_ in zip(open_shard(path), utterances_of(7, 3, 12), strict=True):
            for name, value in vars(given_).items():
                np.testing.assert_array_equal(getattr(read, name), value)
                assert type(getattr(read, name)) in (type(value), np.memmap)

    def test_arrays_are_as_the_docstring_says(self, path):
        with np.load(path, allow_pickle=False) as arrays:
            stored = dict(arrays)
        documented = {line.split("``")[1] for line in shards.__doc__.splitlines() if line.startswith("``")}
        assert set(stored) == documented - set(shards.OPTIONAL)
        assert (stored["mfcc"].shape, stored["mfcc"].dtype) == ((22, 3), np.float32)
        assert (stored["log_mel"].shape, stored["log_mel"].dtype) == ((22, 4), np.float32)
        assert stored["starts"].tolist() == [0, 7, 10, 22]
        assert stored["context"].tolist() == [5, 2]
        np.testing.assert_array_equal(stored["pairs"], CONTEXT.pair_index(stored["starts"]))
        assert stored["pairs"].shape == (3 + 0 + 8, 3)
        assert stored["ids"].tolist() == ["ü/0.wav", "ü/1.wav", "ü/2.wav"]
        assert stored["speakers"].tolist() == ["", "anna", ""]

    def test_frames_are_mapped_read_only_and_equal_to_those_loaded(self, path):
        shard = open_shard(path)
        with np.load(path) as arrays:
            for name in ("mfcc", "log_mel"):
                mapped = getattr(shard, name)
                assert isinstance(mapped, np.memmap)
                np.testing.assert_array_equal(mapped, arrays[name])
                with pytest.raises(ValueError, match="read-only"):
                    mapped[0, 0] = 1

    def test_linear_spectra_are_stored_if_there_are_any(self, path, tmp_path):
        spectra = [np.full((length, 6), length, np.float32) for length in (7, 3, 12)]
        linear = [replace(u, log_magnitude=one) for u, one in zip(utterances_of(7, 3, 12), spectra, strict=True)]
        write_shard(tmp_path / "linear.npz", linear, CONTEXT)
        shard = open_shard(tmp_path / "linear.npz")
        assert isinstance(shard.log_magnitude, np.memmap)
        for utterance, one in zip(shard, spectra, strict=True):
            np.testing.assert_array_equal(utterance.log_magnitude, one)
        assert open_shard(path).log_magnitude is None

    def test_the_same_utterances_give_the_same_bytes(self, path, tmp_path):
        write_shard(tmp_path / "again.npz", utterances_of(7, 3, 12), CONTEXT)
        assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}

    def test_a_failure_leaves_the_old_shard_and_nothing_else(self, path):
        before = path.read_bytes()
        with pytest.raises(ValueError, match="dimension"):
            write_shard(path, [*utterances_of(3), *utterances_with_other_bands()], CONTEXT)
        assert path.read_bytes() == before
        assert list(path.parent.iterdir()) == [path]


def utterances_with_other_bands():
    (utterance,) = utterances_of(3)
    return [UtteranceFeatures(**vars(utterance) | {"log_mel": utterance.log_mel[:, :2]})]


class TestPairs:
    @given(
        st.lists(st.integers(1, 15), min_size=1, max_size=4),
        st.builds(Context, st.integers(1, 20), st.sampled_from(POSITIONS)),
    )
    def test_windows_and_targets_are_those_of_a_loop(self, tmp_path_factory, lengths, context):
        path, utterances = tmp_path_factory.getbasetemp() / "pairs.npz", utterances_of(*lengths)
        write_shard(path, utterances, CONTEXT)
        x, y = [], []
        for utterance in utterances:
            for first in range(len(utterance.mfcc)):
                target = first + context.target_offset
                if first + context.length <= len(utterance.mfcc) and target < len(utterance.mfcc):
                    x.append(utterance.mfcc[first : first + context.length])
                    y.append(utterance.log_mel[target])
        got_x, got_y = shard_pairs(open_shard(path), context)
        assert (got_x.dtype, got_y.dtype) == (np.float32, np.float32)
        np.testing.assert_array_equal(got_x, np.reshape(x, (-1, context.length, 3)))
        np.testing.assert_array_equal(got_y, np.reshape(y, (-1, 4)))

    def test_the_index_in_the_file_makes_the_same_pairs(self, path):
        x, y = shard_pairs(open_shard(path), CONTEXT)
        with np.load(path) as arrays:
            for n, (first, target, utterance) in enumerate(arrays["pairs"]):
                np.testing.assert_array_equal(x[n], arrays["mfcc"][first : first + 5])
                np.testing.assert_array_equal(y[n], arrays["log_mel"][target])
                assert y[n, 2] == utterance

    @pytest.mark.parametrize("target", POSITIONS)
    def test_plain_pairs_are_the_same(self, path, target):
        context = Context(4, target)
        write_plain_pairs(path.with_name("pairs.npz"), open_shard(path), context)
        with np.load(path.with_name("pairs.npz"), allow_pickle=False) as arrays:
            assert sorted(arrays) == ["x", "y"]
            x, y = shard_pairs(open_shard(path), context)
            np.testing.assert_array_equal(arrays["x"], x)
            np.testing.assert_array_equal(arrays["y"], y)
            assert arrays["x"].flags.c_contiguous


def test_more_shards_are_open_than_files_may_be(path):
    """As many as 280 hours of speech have, for a process that may open 1,024 files."""
    pytest.importorskip("resource")
    script = """
import resource, sys
from mfccinv.datasets.shard_reader import open_shard
resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
shards = [open_shard(sys.argv[1]) for _ in range(64)]
print(sum(len(utterance.mfcc) for shard in shards for utterance in shard))
"""
    assert run_python("-c", script, path, cwd=path.parent).stdout.strip() == str(64 * (7 + 3 + 12))


class TestRefusals:
    def test_what_cannot_be_read_is_not_called_damaged(self, path, monkeypatch):
        error = OSError(errno.EMFILE, "Too many open files")
        monkeypatch.setattr("builtins.open", Mock(side_effect=error))
        with pytest.raises(OSError, match="Too many open files"):
            open_shard(path)

    def test_missing(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"train-00000\.npz"):
            open_shard(tmp_path / "train-00000.npz")

    @pytest.mark.parametrize("kept", [0, 1, 0.1, 0.5, 0.99, -1])
    def test_truncated(self, path, kept):
        whole = path.read_bytes()
        path.write_bytes(whole[: int(kept * len(whole)) if isinstance(kept, float) else kept])
        with pytest.raises(ValueError, match=r"train-00000.npz is damaged"):
            open_shard(path)

    def test_no_archive(self, path):
        with open(path, "wb") as file:
            np.save(file, np.zeros(3))
        with pytest.raises(ValueError, match="is damaged: File is not a zip file"):
            open_shard(path)

    @pytest.mark.parametrize("name", ["mfcc", "log_mel", "starts", "ids", "source_rate"])
    def test_an_array_is_missing(self, path, name):
        with pytest.raises(ValueError, match=f"is damaged: .*{name}"):
            open_shard(rewritten(path, **{name: None}))

    def test_compressed(self, path):
        with pytest.raises(ValueError, match=r"is damaged: mfcc.npy is compressed"):
            open_shard(rewritten(path, compress=True))

    @pytest.mark.parametrize("name", ["ids", "mfcc"])
    def test_pickled(self, path, name):
        with pytest.raises(ValueError, match=r"is damaged: .*(allow_pickle=False|object)"):
            open_shard(rewritten(path, **{name: np.array([{"a": 1}], dtype=object)}))

    @pytest.mark.parametrize(
        "wrong", [np.zeros((22, 3)), np.zeros(22, np.float32), np.asfortranarray(np.zeros((22, 3), np.float32))]
    )
    def test_frames_of_another_kind(self, path, wrong):
        with pytest.raises(ValueError, match=r"mfcc must be a two-dimensional float32 array in C order, got float"):
            open_shard(rewritten(path, mfcc=wrong))

    def test_counts_that_do_not_agree(self, path):
        with pytest.raises(ValueError, match="is damaged: it has 21 frames of mfcc, and 22 in its utterances"):
            open_shard(rewritten(path, mfcc=np.zeros((21, 3), np.float32)))
        with pytest.raises(ValueError, match="is damaged: it has 21 frames of mfcc, and 25 in its utterances"):
            open_shard(rewritten(path, starts=np.array([0, 5, 20, 25])))

    @pytest.mark.parametrize(
        ("changed", "what"),
        [
            ({"starts": np.array([0, 10, 7, 22])}, "starts must begin at 0 and increase"),
            ({"starts": np.array([-1, 7, 10, 22])}, "starts must begin at 0 and increase"),
            ({"starts": np.array([0, 7, 7, 22])}, "starts must begin at 0 and increase"),
            ({"starts": np.array([0, 7, 10, 2**60])}, f"it has 22 frames of mfcc, and {2**60} in its utterances"),
            ({"starts": np.array([0.0, 7.0, 10.0, 22.0])}, r"starts must be 4 values of kind i, got float64 \(4,\)"),
            ({"starts": np.zeros(0, int)}, r"starts must be 4 values of kind i, got int64 \(0,\)"),
            ({"ids": np.array(["a", "b"])}, r"starts must be 3 values of kind i, got int64 \(4,\)"),
            ({"ids": np.array([1, 2, 3])}, r"ids must be 3 values of kind U, got int64 \(3,\)"),
            ({"speakers": np.array([["a", "b", "c"]])}, r"speakers must be 3 values of kind U, got <U1 \(1, 3\)"),
            ({"seconds": np.array([b"1", b"2", b"3"])}, r"seconds must be 3 values of kind f, got \|S1 \(3,\)"),
            (
                {"ids": np.array(["x" * 2**22] * 5)},
                r"ids\.npy has 83,886,080 bytes, 67,108,864 is the most that is read",
            ),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
    )
    def test_a_description_that_cannot_be(self, path, changed, what):
        with pytest.raises(ValueError, match=rf"train-00000\.npz is damaged: {what}"):
            open_shard(rewritten(path, **changed))

    def test_a_header_that_promises_more_than_there_is(self, path):
        """10 ** 12 values are not even asked for."""
        header = {"descr": "<i8", "fortran_order": False, "shape": (10**12,)}
        with zipfile.ZipFile(path, "a") as archive, archive.open("more.npy", "w") as member:
            np.lib.format.write_array_header_1_0(member, header)
        with pytest.raises(ValueError, match=r"damaged: more\.npy can't hold int64 \(10+,\) in its \d+ bytes"):
            open_shard(path)

    @given(st.integers(0, 10**6), st.integers(1, 255))
    def test_whichever_byte_is_wrong_it_is_opened_or_refused(self, tmp_path_factory, place, change):
        path = tmp_path_factory.getbasetemp() / "damaged.npz"
        write_shard(path, utterances_of(2, 3), CONTEXT)
        damaged = bytearray(path.read_bytes())
        damaged[place % len(damaged)] ^= change
        path.write_bytes(damaged)
        with suppress(ValueError):
            assert [len(utterance.mfcc) for utterance in open_shard(path)] == [2, 3]
