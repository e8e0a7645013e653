"""Where the utterances come from that a run is scored on: a split of its data set, or another corpus."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mfccinv.corpora import list_corpus
from mfccinv.corpora.utterance import Utterance
from mfccinv.dataset import Dataset
from mfccinv.extraction import Extractor, Rejection, extract_all
from mfccinv.shards import UtteranceFeatures
from mfccinv.spec import FeatureSpec


@dataclass
class Source:
    """Utterances to score a run on.

    Parameters
    ----------
    name : str
        Of corpus (a plain folder's own name) and split, for file names.
    utterances : dict of Utterance
        Where the sound of each is, by id, in order.
    features : iterator of UtteranceFeatures
        In the same order.
    rejections : list of Rejection
        Grows while ``features`` is read.
    """

    name: str
    utterances: dict[str, Utterance]
    features: Iterator[UtteranceFeatures]
    rejections: list[Rejection] = field(default_factory=list)


def split_source(dataset: Dataset, split: str) -> Source:
    """Take a split of a built data set: its recordings, not their variants."""
    utterances = {
        row["id"]: Utterance(
            id=row["id"],
            path=Path(row["path"]),
            speaker=row["speaker"],
            split=row["split"],
            offset_seconds=row["offset_seconds"],
            duration_seconds=row["duration_seconds"],
        )
        for row in dataset.utterances.values()
        if row["split"] == split and row["variant"] == 0
    }
    features = (features for features in dataset.features(split) if features.id in utterances)
    return Source(f"{dataset.manifest['corpus']['name']}-{split}", utterances, features)


def corpus_source(
    corpus: dict, spec: FeatureSpec, *, min_seconds: float, silence_dbfs: float, workers: int | None, linear: bool
) -> Source:
    """Take a whole corpus, analysed on the fly; no split is made, no data set is built.

    Parameters
    ----------
    corpus : dict
        ``name`` of a corpus adapter and its settings.
    spec : FeatureSpec
    min_seconds, silence_dbfs : float
        See `Extractor`.
    workers : int or None
        Processes; None is one a core.
    linear : bool
        Whether linear spectra are extracted, too.
    """
    settings = dict(corpus)
    name = settings.pop("name")
    utterances = list_corpus(name, **settings)
    rejections: list[Rejection] = []

    def features() -> Iterator[UtteranceFeatures]:
        extractor = Extractor(spec, min_seconds, silence_dbfs, linear=linear)
        for result in extract_all(utterances, extractor, workers):
            if isinstance(result, Rejection):
                rejections.append(result)
            else:
                yield result

    called = Path(settings["root"]).resolve().name if name == "folder" else name
    return Source(f"{called}-all", {utterance.id: utterance for utterance in utterances}, features(), rejections)
