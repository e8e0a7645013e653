"""Scores a run beside the baselines, with examples to hear and to see."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, count, tee
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mfccinv.corpora.names import place_of
from mfccinv.corpora.splits import stable_fraction
from mfccinv.datasets.shards import UtteranceFeatures
from mfccinv.datasets.sound_print import sound_print
from mfccinv.evaluation.bootstrap import score_methods
from mfccinv.evaluation.examples import SAMPLE, listen
from mfccinv.evaluation.frame_metrics import FrameSums
from mfccinv.evaluation.known_speech import Heard, known_speech
from mfccinv.evaluation.settings import EvaluateSettings
from mfccinv.evaluation.sound_scores import check_installed
from mfccinv.evaluation.test_sets import TestSet, corpus_test_set, split_test_set
from mfccinv.features.cepstrum import log_mel_to_mfcc
from mfccinv.features.spec import FeatureSpec
from mfccinv.inference.network import Network
from mfccinv.reporting.evaluation_page import write_page
from mfccinv.reporting.figures import draw_band_error, draw_history, draw_levels
from mfccinv.reporting.titles import features_title, task_title
from mfccinv.run_folders.loading import load_network, predict_by
from mfccinv.run_folders.run_files import metrics_name
from mfccinv.run_folders.run_folder import RunError, RunFolder
from mfccinv.synthesis.baseline import Baseline
from mfccinv.synthesis.frames_to_audio import frames_to_audio
from mfccinv.synthesis.stft import window_coverage
from mfccinv.system.atomic_files import exclusive, remove_temporaries, write_json
from mfccinv.system.checksums import sha256
from mfccinv.system.provenance import package_versions
from mfccinv.system.stored_files import read_json

MODEL = "model"
TRUE = {"mel": "true_mel", "linear": "true_magnitude"}  # by the target of the run's task
PRETRAINED_SCORES = Path("evaluation")  # of the working directory: nothing is written into the package


def evaluate(settings: EvaluateSettings) -> tuple[Path, dict]:
    """Score a run on a split of its data set or on another corpus.

    Writes ``evaluation/<corpus>-<split>/`` in the run's folder (``report.html``, ``scores.json``, ``audio/``,
    ``figures/``) and the model's scores into its ``metrics.json``. For a pretrained run it writes
    ``evaluation/<run>/<corpus>-<split>/`` in the working directory, and no metrics.

    Parameters
    ----------
    settings : EvaluateSettings

    Returns
    -------
    folder : Path
        The folder that was written.
    scores : dict
        Contents of ``scores.json``: those of `score_methods`, and ``run``, ``name``, ``baseline`` (the method that the
        gain is over), ``source`` (the test set), ``utterances`` and ``rejected`` (their numbers), ``split`` (see
        `TestSet`), ``learned_from`` (see `known_speech`), ``audio`` (see `listen`), ``model_sha256`` and ``settings``.

    Raises
    ------
    mfccinv.run_folders.run_folder.RunError
        If the run isn't there, is damaged or predicts what isn't finite; for the data set of a run, see
        `RunFolder.open_dataset`.
    ValueError
        If none of the utterances can be used, there is no sound of such frames and some is to be made, or the packages
        are missing that wrong words are counted with; for a number of MFCC that the run doesn't take.
    """
    check_installed(wer=settings.wer, mos=settings.mos)
    run = RunFolder.open(settings.run, settings.root)
    if run.task.target == "phase":
        used = f"phase=learned phase.start=learned:{run.folder}"
        raise ValueError(f"{run.folder} predicts phases, which aren't scored here; {used} makes sound by it")
    spec = run.spec_of(settings.n_mfcc)
    facts, history = _facts(run, spec), run.read_history()  # a damaged run is found before hours of scoring
    if settings.methods.vocoder is None and max(settings.examples, settings.listened) > 0:
        _check_sound(spec)
    test_set = _open_test_set(run, settings)
    folder = _folder_of(run, test_set)
    network = load_network(run, settings.detail, by_keras=settings.backend is not None)
    scored = _score_frames(run, network, spec, test_set, settings)
    with exclusive(folder):
        remove_temporaries(folder, folder / "audio", folder / "figures")
        scores = {
            "run": run.folder.name,
            "name": run.config["name"],
            "baseline": _baseline(run).name,
            "source": test_set.name,
            "utterances": len(scored.utterances),
            "rejected": len(test_set.rejections),
            "split": test_set.split,
            "learned_from": known_speech(run.learned_from, test_set.corpus, scored.utterances),
            **score_methods(
                scored.sums,
                [one.speaker for one in scored.utterances],
                model=MODEL,
                baseline=_baseline(run).name,
                seed=settings.seed,
            ),
            "audio": _listen(run, network, spec, test_set, scored, folder, settings),
            "model_sha256": sha256(run.weights_file),
            "settings": settings.scored,
        }
        _write(run, folder, scores, facts, history, settings)
    return folder, scores


@dataclass
class _Scored:
    """Results of the utterances of a test set.

    ``utterances`` has one entry per utterance, and so has ``sums`` for each method. ``heard`` has the frames of the
    utterances to listen to, by utterance and method.
    """

    utterances: list[Heard]
    sums: dict[str, list[FrameSums]]
    heard: dict[str, dict[str, np.ndarray]]


def _open_test_set(run: RunFolder, settings: EvaluateSettings) -> TestSet:
    if settings.corpus is None:
        test_set = split_test_set(run.open_dataset(), str(settings.scored_split))
    else:
        limits = {name: run.config["dataset"][name] for name in ("min_seconds", "silence_dbfs", "segment_seconds")}
        linear = run.task.target == "linear"
        test_set = corpus_test_set(settings.corpus, run.spec, workers=settings.workers, linear=linear, **limits)
    n_mfcc = None if run.task.min_mfcc is None else settings.n_mfcc
    test_set.name = metrics_name(test_set.name, n_mfcc, settings.detail)
    return test_set


def _folder_of(run: RunFolder, test_set: TestSet) -> Path:
    """Folder of an evaluation; RunError if a part of it leads out of the run, as a link of a stranger's run may.

    Corpora whose folders have one name, at different places, get numbers.
    """
    root = PRETRAINED_SCORES / run.folder.name if run.is_pretrained else run.folder / "evaluation"
    names = chain([test_set.name], (f"{test_set.name}-{number}" for number in count(2)))
    test_set.name = next(name for name in names if not _is_of_another_place(root / name, test_set.corpus))
    folder = root / test_set.name
    if run.is_pretrained:
        return folder
    for part in (folder, folder / "audio", folder / "figures"):
        if not part.resolve().is_relative_to(run.folder.resolve()):
            raise RunError(f"{part} leads out of the run, to {part.resolve()}: nothing is written there")
    return folder


def _is_of_another_place(folder: Path, corpus: dict) -> bool:
    """Whether a folder has the scores of a corpus at another place than this one; not if either isn't known."""
    try:
        before = read_json(folder / "scores.json")["settings"]["corpus"]
        return before is not None and place_of(before) != place_of(corpus)
    except (OSError, ValueError, KeyError, TypeError):  # none, or of an older version
        return False


def _score_frames(
    run: RunFolder, network: Network, spec: FeatureSpec, test_set: TestSet, settings: EvaluateSettings
) -> _Scored:
    """Predict every utterance and sum up how far each method is from the true frames."""
    true = TRUE[run.task.target]
    scored = _Scored([], {}, {})
    n_heard = max(settings.examples, settings.listened)
    predictions = tqdm(
        _predict_all(run, network, spec, test_set.features, settings),
        total=len(test_set.utterances),
        desc="scoring",
        unit=" utterances",
        disable=None if settings.progress else True,
    )
    for utterance, frames in predictions:
        if not np.isfinite(frames[MODEL]).all():
            raise RunError(
                f"{run.weights_file} predicts frames of {utterance.id} that are not finite: its training went wrong"
            )
        scored.utterances.append(Heard(utterance.speaker, sound_print(utterance.log_mel)))
        for method, predicted in frames.items():
            if method != true:
                both = (run.task.scored(one, spec) for one in (frames[true], predicted))
                scored.sums.setdefault(method, []).append(FrameSums.of(*both))
        kept = _choose([*scored.heard, utterance.id], n_heard)
        if utterance.id in kept:
            scored.heard[utterance.id] = {method: np.array(frames[method]) for method in _heard_methods(run)}
            scored.heard = {id: scored.heard[id] for id in kept}
    if not scored.utterances:
        reasons = "; ".join(f"{rejection.id}: {rejection.reason}" for rejection in test_set.rejections[:3])
        raise ValueError(f"none of the {len(test_set.utterances)} utterances of {test_set.name} can be used: {reasons}")
    return scored


def _heard_methods(run: RunFolder) -> tuple[str, str, str]:
    """Methods whose sound is made, in order."""
    return TRUE[run.task.target], _baseline(run).name, MODEL


def _baseline(run: RunFolder) -> Baseline:
    return Baseline(run.task, run.spec, run.context.sees_target)


def _predict_all(
    run: RunFolder,
    network: Network,
    spec: FeatureSpec,
    features: Iterator[UtteranceFeatures],
    settings: EvaluateSettings,
) -> Iterator[tuple[UtteranceFeatures, dict[str, np.ndarray]]]:
    """Yield each utterance with the true frames and those of every method, from the inputs that the spec has."""
    task, baseline = run.task, replace(_baseline(run), spec=spec)
    n_inputs = task.n_inputs(spec)
    utterances, others = tee(features)
    inputs = (getattr(one, task.inputs)[:, :n_inputs] for one in others)
    predictions = predict_by(run, network, run.context, inputs, settings.detail, seed=settings.seed)
    mean_frame = getattr(run.statistics, f"{task.outputs}_mean").astype(np.float32)
    for utterance, predicted in zip(utterances, predictions, strict=True):
        frames = getattr(utterance, task.outputs)
        yield (
            utterance,
            {
                TRUE[task.target]: frames,
                MODEL: predicted,
                baseline.name: baseline.frames(getattr(utterance, task.inputs)[:, :n_inputs]),
                "mean_frame": np.broadcast_to(mean_frame, frames.shape),
                "zero": np.full(frames.shape, run.spec.floor_db, np.float32),
            },
        )


def _listen(
    run: RunFolder,
    network: Network,
    spec: FeatureSpec,
    test_set: TestSet,
    scored: _Scored,
    folder: Path,
    settings: EvaluateSettings,
) -> dict:
    """Make the sound of the utterances that are listened to; see `listen`."""

    def synthesise(frames: np.ndarray, length: int) -> np.ndarray:
        target = run.task.target
        return frames_to_audio(frames, spec, settings.methods, target=target, seed=settings.seed, length=length)

    return listen(
        scored.heard,
        test_set.utterances,
        spec,
        folder,
        segment_seconds=test_set.segment_seconds,
        written=settings.examples,
        scored=settings.listened,
        wer=settings.wer,
        mos=settings.mos,
        compared=(MODEL, _baseline(run).name),
        synthesise=synthesise,
        further=partial(_further_samples, run, network, spec, settings),
        seed=settings.seed,
        progress=settings.progress,
    )


def _further_samples(
    run: RunFolder, network: Network, spec: FeatureSpec, settings: EvaluateSettings, frames: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Draw the samples of an utterance that are heard beside the one that is scored; ``frames`` are by method."""
    names = _sample_names(settings)
    if not names:
        return {}
    mfcc = log_mel_to_mfcc(frames[TRUE["mel"]], spec)
    found = {}
    for number, name in enumerate(names, 1):
        drawn = predict_by(run, network, run.context, [mfcc], settings.detail, seed=settings.seed, sample=number)
        [found[name]] = drawn
    return found


def _sample_names(settings: EvaluateSettings) -> list[str]:
    """Names, as methods have them, of the samples that are heard and not scored."""
    return [f"{SAMPLE}{number + 1}" for number in range(1, settings.samples)]


def _check_sound(spec: FeatureSpec) -> None:
    """Refuse with ValueError frames whose sound can't be made."""
    try:
        window_coverage(spec)
    except ValueError as error:
        raise ValueError(f"{error}; examples=0 listened=0 scores the frames alone") from error


def _write(
    run: RunFolder, folder: Path, scores: dict, facts: dict[str, str], history: list[dict], settings: EvaluateSettings
) -> None:
    """Write figures, scores and report, and put the model's scores into the run's metrics."""
    errors = {method: np.array(scores["band_error"][method], float) for method in (_baseline(run).name, MODEL)}
    draw_band_error(folder / "figures" / "band_error.png", errors)
    draw_levels(folder / "figures" / "levels.png", scores["levels"], (_baseline(run).name, MODEL))
    if history:
        draw_history(folder / "figures" / "training.png", history)
    write_json(folder / "scores.json", scores)
    write_page(
        folder,
        scores,
        methods=("original", *_heard_methods(run), *_sample_names(settings)),
        title=f"{run.folder.name} on {scores['source']}",
        facts=facts,
        config=run.config_text,
    )
    if not run.is_pretrained:
        heard = scores["audio"]["methods"].get(MODEL, {})
        values = {name: score["value"] for name, score in (scores["total"][MODEL] | heard).items()}
        run.add_metrics(scores["source"], values | {"snr_gain": scores["gain"]["snr"]["value"]})


def _facts(run: RunFolder, spec: FeatureSpec) -> dict[str, str]:
    """Facts about a run, for its report."""
    environment = run.environment
    notes = run.config.get("notes")
    return ({"notes": str(notes)} if notes else {}) | {
        "task": task_title(run.task, run.context.sees_target),
        "features": features_title(spec),
        "weights": f"{environment.get('trainable_parameters', 0):,}",
        "seed": str(run.config["training"]["seed"]),
        "trained at commit": str(environment.get("commit", "unknown")),
        "trained with": _listed(environment.get("versions", {})),
        "scored with": _listed(package_versions()),
    }


def _listed(versions: dict) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _choose(ids: list[str], n: int) -> list[str]:
    """Choose ``n`` utterances by a hash of their ids, the same whatever other utterances there are."""
    return sorted(ids, key=stable_fraction)[:n]
