"""Random changes of bytes and of values."""

import json
import random

import hypothesis
from hypothesis import strategies

INTERESTING = (b"\0", b"\xff", b"-", b'"', b"[", b"{", b"}", b",", b":", b"\n", b"1e999", b"NaN", b"-Infinity", b"null")


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Change bytes a few times: insert, delete, swap, flip, repeat, cut off."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        data = rng.choice(MUTATIONS)(data, rng)
    return data


def _place(data: bytes, rng: random.Random) -> int:
    return rng.randrange(len(data) + 1)


def _flip(data: bytes, rng: random.Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + bytes(byte ^ 1 << rng.randrange(8) for byte in data[at : at + 1]) + data[at + 1 :]


def _insert(data: bytes, rng: random.Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + rng.choice((rng.randbytes(rng.randrange(1, 9)), *INTERESTING)) + data[at:]


def _replace(data: bytes, rng: random.Random) -> bytes:
    at, new = _place(data, rng), rng.choice((rng.randbytes(4), *INTERESTING))
    return data[:at] + new + data[at + len(new) :]


def _delete(data: bytes, rng: random.Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + data[at + rng.choice((1, 1, 2, 4, 8, 64, 512)) :]


def _swap(data: bytes, rng: random.Random) -> bytes:
    one, two, three = sorted(_place(data, rng) for _ in range(3))
    return data[:one] + data[two:three] + data[one:two] + data[three:]


def _repeat(data: bytes, rng: random.Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + data[at : at + rng.randrange(1, 64)] * rng.choice((2, 3, 50)) + data[at:]


def _cut_off(data: bytes, rng: random.Random) -> bytes:
    return data[: _place(data, rng)]


def _number(data: bytes, rng: random.Random) -> bytes:
    """Put a number at a limit where four or eight bytes may be one."""
    at, size = _place(data, rng), rng.choice((1, 2, 4, 8))
    value = rng.choice((0, 1, (1 << 8 * size) - 1, 1 << 8 * size - 1, (1 << 8 * size - 1) - 1, 1000))
    return data[:at] + (value % (1 << 8 * size)).to_bytes(size, "little") + data[at + size :]


MUTATIONS = (_flip, _insert, _replace, _delete, _swap, _repeat, _cut_off, _number)

VALUES = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.integers(-(2**70), 2**70)
    | strategies.floats()
    | strategies.text(),
    lambda inner: strategies.lists(inner, max_size=4) | strategies.dictionaries(strategies.text(), inner, max_size=4),
    max_leaves=8,
)


def other_values(value: object, seed: int, n: int) -> list[object]:
    """Copies of a JSON value in which hypothesis put another value in the place of one."""
    found: list[object] = []
    places = list(_places(value))

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=n,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategies.integers(0, len(places) - 1), VALUES)
    def collect(place: int, new: object) -> None:
        copied = json.loads(json.dumps(value))
        found.append(_put(copied, places[place], new))

    collect()
    return found


def _places(value: object, path: tuple = ()) -> list[tuple]:
    """Keys and indices that lead to every part of a value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in parts for place in _places(part, (*path, key)))]


def _put(value, path: tuple, new: object):
    if not path:
        return new
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return value
