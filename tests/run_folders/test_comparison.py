"""Tests of what two trainings differ in."""

from networks import make_run

from mfccinv.run_folders.comparison import run_differences

COLUMNS = ["epoch", "learning_rate", "loss", "val_loss", "val_snr", "val_lsd", "val_estoi"]


def row(value, **changed):
    return dict.fromkeys(COLUMNS, value) | {"seconds": 5.0 * value} | changed


def test_differences_are_told_in_the_order_of_the_columns(tmp_path):
    first, second = (make_run(tmp_path) for _ in range(2))
    first.write_history([row(1.0)])
    second.write_history([row(2.0, epoch=1)])
    assert [line.split()[0] for line in run_differences(first, second)] == COLUMNS[1:]


def test_what_may_have_made_the_numbers_differ_comes_first(tmp_path):
    first, other = make_run(tmp_path, "first"), make_run(tmp_path, "other")
    first.write_environment({"backend": "jax", "fingerprint": "ba1", "versions": {"keras": "3.0"}})
    other.write_environment({"backend": "theano", "fingerprint": "f00", "versions": {"keras": "2.0"}})
    first.write_history([row(1.0), row(2.0)])
    other.write_history([row(1.0, val_loss=7.0), row(2.0), row(3.0)])
    assert run_differences(first, other) == [
        "backend: jax here, theano there",
        "data set: ba1 here, f00 there",
        "keras: version 3.0 here, 2.0 there",
        "epochs: 2 here, 3 there",
        "val_loss of epoch 1: 1.0 here, 7.0 there",
    ]


def test_the_same_numbers_are_no_difference_however_they_were_made(tmp_path):
    first, other = make_run(tmp_path, "first"), make_run(tmp_path, "other")
    other.write_environment({"backend": "theano"})
    first.write_history([row(1.0)])
    other.write_history([row(1.0, seconds=77.0)])
    assert run_differences(first, other) == []
    for run in (first, other):  # as of phases, which have no such score
        run.write_history([row(1.0, val_lsd=float("nan"))])
    assert run_differences(first, other) == []
