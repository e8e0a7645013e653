"""What a run learned from: the voices and the recordings of its training, so that scores on them can say so."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Self

from mfccinv.corpora.names import alphanumeric, voice_of
from mfccinv.datasets.dataset import Dataset
from mfccinv.system.atomic_files import json_text
from mfccinv.system.stored_files import DamagedFile, read_json

MOST = 10**6  # recordings that are kept: 13 megabytes, which is about what a stored file may have


@dataclass(frozen=True)
class LearnedFrom:
    """Voices and recordings that a run, and those it started from, were trained on; names are hashed.

    Parameters
    ----------
    voices : dict of frozenset of str
        Hashed speakers by the name of their corpus, see `mfccinv.corpora.names.voice_of`.
    recordings : frozenset of str
        Prints of their sound, see `mfccinv.datasets.sound_print.sound_print`.
    is_complete : bool
        False if there may be more: the run started from one of which this isn't known, there are more recordings than
        `MOST`, or the data set is of an earlier version, which has no prints.
    split : dict
        ``rule`` and ``speaker_disjoint`` of the run's data set.
    validation : str
        Hash of the recordings that the run was validated on, and of their sound. The scores of runs with the same can
        be compared.
    """

    voices: dict[str, frozenset[str]]
    recordings: frozenset[str]
    is_complete: bool
    split: dict
    validation: str

    @classmethod
    def of(cls, dataset: Dataset, speakers: Collection[str] | None = None) -> Self:
        """Tell what a data set has in its training split, of some speakers alone; None: of all."""
        rows, corpus = dataset.utterances.values(), dataset.manifest["corpus"]
        training = [
            row
            for row in rows
            if row["split"] == "train" and row["variant"] == 0 and (speakers is None or row["speaker"] in speakers)
        ]
        voices: dict[str, set[str]] = defaultdict(set)
        for speaker in {row["speaker"] for row in training if row["speaker"]}:
            place, name = voice_of(corpus, speaker)
            voices[alphanumeric(place)].add(hashed(name))
        prints = {row["sound_print"] for row in training if "sound_print" in row}
        recordings = _recordings(prints)
        validated = sorted(
            f"{row['id']} {row['frames']} {row.get('sound_print', '')}" for row in rows if row["split"] == "validation"
        )
        return cls(
            voices={place: frozenset(names) for place, names in voices.items()},
            recordings=recordings,
            is_complete=all("sound_print" in row for row in training) and len(prints) <= MOST,
            split=dataset.split_rule,
            validation=hashed("\n".join(validated)),
        )

    def after(self, base: "LearnedFrom | None", *, same_frames: bool = True) -> "LearnedFrom":
        """Add what a run that this one starts from learned from.

        Parameters
        ----------
        base : LearnedFrom or None
            None: it isn't known.
        same_frames : bool
            Whether both learned from the same mel frames. Prints of others tell nothing of recordings here, and are
            left out. Then all is known if the base heard no other voices.
        """
        if base is None:
            return replace(self, is_complete=False)
        none: frozenset[str] = frozenset()
        places = sorted({*base.voices, *self.voices})
        prints = self.recordings | (base.recordings if same_frames else none)
        no_others = all(base.voices[place] <= self.voices.get(place, none) for place in base.voices)
        return replace(
            self,
            voices={place: self.voices.get(place, none) | base.voices.get(place, none) for place in places},
            recordings=_recordings(prints),
            is_complete=self.is_complete and base.is_complete and len(prints) <= MOST and (same_frames or no_others),
        )

    def to_json(self) -> str:
        """Lay out as the text of a JSON file; hashes are separated by spaces."""
        voices = {place: " ".join(sorted(names)) for place, names in self.voices.items()}
        return json_text(vars(self) | {"voices": voices, "recordings": " ".join(sorted(self.recordings))})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read such a file; DamagedFile if it is none."""
        values = read_json(path)
        voices, recordings, split = values.get("voices"), values.get("recordings", ""), values.get("split")
        if (
            set(values) != set(cls.__annotations__)
            or not isinstance(voices, dict)
            or not all(isinstance(names, str) for names in (recordings, *voices.values()))
            or not isinstance(values["is_complete"], bool)
            or not isinstance(values["validation"], str)
            or not isinstance(split, dict)
            or set(split) != {"rule", "speaker_disjoint"}
            or not isinstance(split["rule"], str)
            or not isinstance(split["speaker_disjoint"], bool)
        ):
            raise DamagedFile(f"{path} is damaged: it can't be what a run learned from")
        known = {place: frozenset(names.split()) for place, names in voices.items()}
        return cls(**values | {"voices": known, "recordings": frozenset(recordings.split())})


def hashed(name: str) -> str:
    """Hash a name, 12 hexadecimal digits: nobody's name is in a run that is passed on."""
    return blake2b(name.encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()


def _recordings(prints: Iterable[str]) -> frozenset[str]:
    """Prints of recordings, without that of silence; `MOST` of them, whose order is that of chance."""
    return frozenset(sorted({*prints} - {""})[:MOST])
