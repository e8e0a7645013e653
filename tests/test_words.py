"""Tests of the page that makes a sound of a text: templates, cross-fades, and its command on little speech."""

import importlib
import shlex
import sys

import numpy as np
import pytest
import soundfile
from pages import blocks
from places import REPOSITORY
from speech import word_folders


@pytest.fixture
def words(monkeypatch):
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    return importlib.import_module("words")


class TestMeanAfterWarping:
    def test_of_what_differs_in_its_timing_alone_has_its_frames(self, words, rng):
        frames = rng.normal(size=(12, 20))
        slowed = [np.repeat(frames, rng.integers(1, 4, size=12), axis=0) for _ in range(5)]
        mean = words.mean_after_warping([frames, *slowed])
        assert words.warped(mean, frames)[0] == pytest.approx(0, abs=1e-12)
        assert any(np.allclose(mean, one) for one in (frames, *slowed))

    def test_of_what_has_one_timing_is_the_mean(self, words, rng):
        frames = 10 * rng.normal(size=(12, 20))
        varied = [frames + 0.1 * rng.normal(size=frames.shape) for _ in range(5)]
        np.testing.assert_allclose(words.mean_after_warping(varied), np.mean(varied, axis=0), atol=1e-9)

    def test_the_level_does_not_warp(self, words, rng):
        frames = rng.normal(size=(12, 20))
        louder = frames + np.eye(20)[0] * np.linspace(0, 100, 12)[:, None]
        np.testing.assert_array_equal(
            words.warped(frames, louder)[1][::-1], np.repeat(np.arange(12)[:, None], 2, axis=1)
        )


class TestJoined:
    def test_parts_fade_into_each_other(self, words):
        parts = [np.full((6, 2), 0.0), np.full((8, 2), 3.0), np.full((6, 2), 0.0)]
        expected = [0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 2, 1, 0, 0, 0, 0]
        np.testing.assert_allclose(words.joined(parts, 2)[:, 0], expected, atol=1e-12)

    def test_one_part_is_itself(self, words, rng):
        part = rng.normal(size=(5, 20))
        np.testing.assert_array_equal(words.joined([part], 3), part)

    def test_without_a_fade_they_stand_side_by_side(self, words):
        np.testing.assert_array_equal(words.joined([np.zeros((2, 1)), np.ones((2, 1))], 0)[:, 0], [0, 0, 1, 1])


def test_the_nearest_template_is_found_at_another_speed(words, rng):
    templates = {word: rng.normal(size=(10, 20)) for word in ("go", "left", "no")}
    slower = np.repeat(templates["left"], 2, axis=0) + 0.1 * rng.normal(size=(20, 20))
    assert words.nearest(slower, templates) == "left"


def test_a_word_that_is_not_there(words, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"tree is not there: unpack Speech Commands, or choose another word"):
        words.template(tmp_path, "tree")


@pytest.mark.slow
def test_the_command_runs(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = REPOSITORY / "docs" / "words.md"
    [(_, code)] = blocks(page, "sh")
    script, path, _, *text = shlex.split(code)
    assert (script, path) == ("python", "benchmarks/words.py")
    monkeypatch.setattr(sys, "argv", [path, str(word_folders(tmp_path / "release", text, 3)), *text])
    words.main()
    sounds = {path.name: soundfile.read(path)[0] for path in (tmp_path / "data" / "words").iterdir()}
    assert set(sounds) == {f"{'_'.join(text)}.{name}.wav" for name in ("analytic_inverse", "network", "stream")}
    n_frames = 4 * 61 - 3 * words.FADE_FRAMES
    for y in sounds.values():
        assert len(y) == words.SPEC.n_samples(n_frames)
        assert 0.01 < np.abs(y).max() <= 1
