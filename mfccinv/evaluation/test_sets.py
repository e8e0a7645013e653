"""Test sets: the utterances that a run is scored on, of a split of its data set or of another corpus."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mfccinv.corpora.listing import list_corpus
from mfccinv.corpora.names import corpus_name
from mfccinv.corpora.utterance import Utterance
from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.extraction import Extractor, Rejection, extract_all
from mfccinv.datasets.shards import UtteranceFeatures
from mfccinv.features.spec import FeatureSpec
from mfccinv.system.file_names import file_stem

CHOICES = ("language", "subsets", "tables", "microphone")  # settings of corpora that choose a part of them


@dataclass
class TestSet:
    """Utterances to score a run on.

    Parameters
    ----------
    name : str
        Name of corpus and split, for file names; of a whole corpus, see `corpus_name`, with what is chosen of it.
    utterances : dict of Utterance
        Where the sound of each is, by id, in order.
    features : iterator of UtteranceFeatures
        In the same order.
    corpus : dict
        ``name`` of the corpus adapter and its settings.
    segment_seconds : float or None
        See `Extractor`.
    split : dict or None
        Of a split of a data set: the ``rule`` it is made by, and whether its voices are in no other split
        (``speaker_disjoint``). None for a whole corpus.
    rejections : list of Rejection
        Grows while ``features`` is read.
    """

    name: str
    utterances: dict[str, Utterance]
    features: Iterator[UtteranceFeatures]
    corpus: dict
    segment_seconds: float | None
    split: dict | None = None
    rejections: list[Rejection] = field(default_factory=list)


def split_test_set(dataset: Dataset, split: str) -> TestSet:
    """Take a split of a built data set: its recordings, not their variants."""
    utterances = dataset.recordings(split)
    features = (features for features in dataset.features(split) if features.id in utterances)
    corpus = dataset.manifest["corpus"]
    return TestSet(
        name=file_stem(f"{corpus['name']}-{split}"),
        utterances=utterances,
        features=features,
        corpus=corpus,
        segment_seconds=dataset.manifest.get("segment_seconds"),
        split=dataset.split_rule,
    )


def corpus_test_set(
    corpus: dict,
    spec: FeatureSpec,
    *,
    min_seconds: float,
    silence_dbfs: float,
    segment_seconds: float | None,
    workers: int | None,
    linear: bool,
) -> TestSet:
    """Take a whole corpus, analysed on the fly; no split is made, no data set is built.

    Parameters
    ----------
    corpus : dict
        ``name`` of a corpus adapter and its settings.
    spec : FeatureSpec
    min_seconds, silence_dbfs : float
    segment_seconds : float or None
        See `Extractor`.
    workers : int or None
        Number of processes; None: one per core.
    linear : bool
        Whether linear spectra are extracted, too.
    """
    settings = dict(corpus)
    name = settings.pop("name")
    utterances = list_corpus(name, **settings)
    rejections: list[Rejection] = []

    def features() -> Iterator[UtteranceFeatures]:
        extractor = Extractor(spec, min_seconds, silence_dbfs, linear=linear, segment_seconds=segment_seconds)
        for result in extract_all(utterances, extractor, workers):
            if isinstance(result, Rejection):
                rejections.append(result)
            else:
                yield result

    by_id = {utterance.id: utterance for utterance in utterances}
    return TestSet(_name_of(corpus), by_id, features(), corpus, segment_seconds, rejections=rejections)


def _name_of(corpus: dict) -> str:
    chosen = [corpus[name] for name in CHOICES if corpus.get(name) is not None]
    words = [str(word) for choice in chosen for word in (choice if isinstance(choice, list) else [choice])]
    return file_stem("-".join([corpus_name(corpus), *words, "all"]))
