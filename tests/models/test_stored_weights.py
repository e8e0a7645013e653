"""Tests of weights that a stranger has written: what asks for too much is refused before it is read."""

import io
import zipfile

import h5py
import numpy as np
import pytest
from networks import SMALL, SPEC
from noise import noise_statistics

from mfccinv.models.assembly import build_model
from mfccinv.models.stored_weights import load_weights, require_room


@pytest.fixture(scope="module")
def model():
    return build_model(SMALL["dense"], SPEC, noise_statistics(SPEC))


def write(path, weights, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", weights)
    return path


def test_a_member_that_inflates_is_refused(model, tmp_path):
    path = write(tmp_path / "model.keras", bytes(10**9))
    with pytest.raises(ValueError, match=r"model\.keras is damaged: it holds more than [\d,]+ bytes, too much f"):
        load_weights(model, path)


def test_an_array_that_is_larger_than_its_file_is_refused(model, tmp_path):
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.create_dataset("layers/dense/vars/0", shape=(10**9, 100), dtype="f4", chunks=(1000, 100))
    path = write(tmp_path / "model.keras", content.getvalue())
    with pytest.raises(ValueError, match=r"model\.keras is damaged: its arrays claim 400,000,000,000 bytes, too m"):
        load_weights(model, path)


@pytest.mark.filterwarnings("ignore:Skipping nested container")  # Keras's, before it finds the weights missing
def test_a_link_to_another_file_is_not_followed(model, tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["0"] = np.ones(3)
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file["layers/dense/vars/0"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "0")
    path = write(tmp_path / "model.keras", content.getvalue())
    with pytest.raises(ValueError, match=r"model\.keras is damaged: "):
        load_weights(model, path)


@pytest.mark.parametrize(
    "settings", [{"hidden": [2**40]}, {"hidden": [8, 10**5, 10**5]}, {"channels": [2**13] * 3}, {"channels": 2**30}]
)
def test_settings_of_a_network_that_the_file_can_not_hold_are_refused(tmp_path, settings):
    path = write(tmp_path / "model.keras", b"")
    with pytest.raises(ValueError, match=r"^model\.(hidden|channels) can't be .{1,60}: model\.keras has \d+ bytes"):
        require_room(settings, path)
    require_room({"hidden": [500, 200, 50], "context": 9}, path)
    require_room(settings, tmp_path / "none.keras")
