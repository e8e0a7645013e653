"""Tests of the figures: PNG files that are whole and show what they were given."""

import struct

import numpy as np
import pytest
from noise import noise_log_mel, small_spec

from mfccinv.reporting.figures import draw_band_error, draw_frames, draw_history

SPEC = small_spec()
HISTORY = [
    {"epoch": float(n), "loss": 5.0 - n, "val_loss": 6.0 - n, "val_snr": 3.0 + n, "learning_rate": 1e-3} for n in (1, 2)
]


def picture(path):
    """Bytes of a PNG file after checking that it is whole."""
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert content.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", content[16:24])
    assert min(width, height) > 200
    assert len(content) > 3000
    return content


def draw(folder, kind, change):
    """Draw one kind of figure of data that a change moves."""
    path = folder / "deeper" / f"{kind}-{change}.png"
    if kind == "log_mels":
        true = noise_log_mel(SPEC, 50)
        draw_frames(path, {"true_mel": true, "model": true + np.linspace(0, change, 24)}, SPEC, "utterance")
    elif kind == "band_error":
        draw_band_error(path, {"model": np.linspace(1, 2 + change, 24), "baseline": np.ones(24)})
    else:
        draw_history(path, [row | {"val_snr": row["val_snr"] + change * row["epoch"]} for row in HISTORY])
    return picture(path)


@pytest.mark.parametrize("kind", ["log_mels", "band_error", "history"])
def test_is_drawn_and_depends_on_the_data(tmp_path, kind):
    assert draw(tmp_path, kind, 0) == draw(tmp_path, kind, 0)
    assert draw(tmp_path, kind, 0) != draw(tmp_path, kind, 10)
    assert not [path for path in (tmp_path / "deeper").iterdir() if path.suffix != ".png" or path.name[0] == "."]


def test_one_method_and_one_epoch_are_enough(tmp_path):
    draw_frames(tmp_path / "one.png", {"true_mel": noise_log_mel(SPEC, 1)}, SPEC, "utterance")
    draw_history(tmp_path / "history.png", HISTORY[:1])
    picture(tmp_path / "one.png")
    picture(tmp_path / "history.png")


def test_panels_share_a_height(tmp_path):
    log_mel = noise_log_mel(SPEC, 50)
    heights = []
    for n in (1, 3):
        draw_frames(tmp_path / "panels.png", {str(k): log_mel for k in range(n)}, SPEC, "utterance")
        heights.append(struct.unpack(">I", picture(tmp_path / "panels.png")[20:24])[0])
    assert heights[1] > 2 * heights[0]
