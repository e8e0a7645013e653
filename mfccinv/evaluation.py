"""Scores a run beside the baselines, and lets one hear and see it."""

from collections.abc import Iterator
from itertools import tee
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mfccinv.figures import draw_band_error, draw_history
from mfccinv.files import sha256, write_json
from mfccinv.inversion import predict_frames
from mfccinv.listening import listen
from mfccinv.metrics import FrameSums
from mfccinv.page import write_page
from mfccinv.provenance import package_versions
from mfccinv.runs import Run
from mfccinv.scoring import score_methods
from mfccinv.shards import UtteranceFeatures
from mfccinv.sources import Source, corpus_source, split_source
from mfccinv.splits import stable_fraction
from mfccinv.synthesis import frames_to_audio

MODEL = "model"
TRUE = {"mel": "true_mel", "linear": "true_magnitude"}  # by the target of the run's task
SETTINGS = ("scored_split", "corpus", "listened", "magnitude", "phase", "seed")  # that scores depend on


def evaluate(config: dict) -> tuple[Path, dict]:
    """Score a run on a split of its data set or on another corpus.

    Writes ``evaluation/<corpus>-<split>/`` in the run directory (``report.html``, ``scores.json``, ``audio/``,
    ``figures/``) and the model's scores into its ``metrics.json``.

    Parameters
    ----------
    config : dict
        ``run``, ``root``: see `Run.open`; ``scored_split``: of the run's own data set; ``corpus``: settings of another
        corpus to take whole instead, or None; ``examples``: utterances to write audio and figures of; ``listened``:
        utterances whose audio is scored; ``magnitude``, ``phase``: see `mfccinv.synthesis.frames_to_audio`; ``seed``:
        of the starting phase and of the intervals; ``workers``: processes (None: one a core); ``progress``.

    Returns
    -------
    folder : Path
        What was written.
    scores : dict
        Content of ``scores.json``: what `score_methods` returns, with ``run``, ``name``, ``baseline`` (the method whose
        difference to the model is the gain), ``source``, ``utterances``, ``rejected``, ``audio``, see `listen`, and
        what they are of: ``model_sha256`` and ``settings``.

    Raises
    ------
    mfccinv.runs.RunError
        If the run isn't there.
    ValueError
        If none of the utterances can be used.
    """
    run = Run.open(config["run"], Path(config["root"]))
    source = _open_source(run, config)
    true, baseline = TRUE[run.task.target], run.task.baseline
    methods_heard = (true, baseline, MODEL)
    folder = run.folder / "evaluation" / source.name
    listened = _choose(list(source.utterances), max(config["examples"], config["listened"]))
    speakers: list[str] = []
    sums: dict[str, list[FrameSums]] = {}
    heard: dict[str, dict[str, np.ndarray]] = {}
    predictions = tqdm(
        _predict_all(run, source.features),
        total=len(source.utterances),
        desc="scoring",
        unit=" utterances",
        disable=None if config["progress"] else True,
    )
    for utterance, frames in predictions:
        speakers.append(utterance.speaker)
        for method, predicted in frames.items():
            if method != true:
                sums.setdefault(method, []).append(FrameSums.of(frames[true], predicted))
        if utterance.id in listened:
            heard[utterance.id] = {method: np.array(frames[method]) for method in methods_heard}
    if not speakers:
        reasons = "; ".join(f"{rejection.id}: {rejection.reason}" for rejection in source.rejections[:3])
        raise ValueError(f"none of the {len(source.utterances)} utterances of {source.name} can be used: {reasons}")

    scores = {
        "run": run.folder.name,
        "name": run.config["name"],
        "baseline": baseline,
        "source": source.name,
        "utterances": len(speakers),
        "rejected": len(source.rejections),
        **score_methods(sums, speakers, model=MODEL, baseline=baseline, seed=config["seed"]),
        "audio": listen(
            {id: heard[id] for id in listened if id in heard},
            source.utterances,
            run.spec,
            folder,
            written=config["examples"],
            scored=config["listened"],
            compared=(MODEL, baseline),
            synthesise=lambda frames, length: frames_to_audio(
                frames,
                run.spec,
                target=run.task.target,
                magnitude=config["magnitude"],
                phase=config["phase"],
                seed=config["seed"],
                length=length,
            ),
            seed=config["seed"],
            progress=config["progress"],
        ),
        "model_sha256": sha256(run.folder / "model.keras"),
        "settings": {name: config[name] for name in SETTINGS},
    }
    draw_band_error(
        folder / "figures" / "band_error.png",
        {method: np.array(scores["band_error"][method]) for method in (baseline, MODEL)},
    )
    if history := run.read_history():
        draw_history(folder / "figures" / "training.png", history)
    write_json(folder / "scores.json", scores)
    write_page(
        folder,
        scores,
        methods=("original", *methods_heard),
        title=f"{run.folder.name} on {source.name}",
        facts=_facts(run),
        config=run.config_text,
    )
    run.add_metrics(source.name, {name: score["value"] for name, score in scores["total"][MODEL].items()})
    return folder, scores


def _facts(run: Run) -> dict[str, str]:
    """What a report says of a run."""
    environment, spec = run.environment, run.spec
    return {
        "task": f"{run.task.source} → {run.task.target}",
        "features": f"{spec.n_mfcc} MFCC of {spec.n_mels} mel bands at {spec.sample_rate:,} Hz, "
        f"{spec.win_length}/{spec.hop_length} samples",
        "weights": f"{environment.get('trainable_parameters', 0):,}",
        "seed": str(run.config["training"]["seed"]),
        "trained at commit": str(environment.get("commit", "unknown")),
        "trained with": ", ".join(f"{name} {version}" for name, version in environment.get("versions", {}).items()),
        "scored with": ", ".join(f"{name} {version}" for name, version in package_versions().items()),
    }


def _open_source(run: Run, config: dict) -> Source:
    if config["corpus"] is None:
        return split_source(run.open_dataset(), config["scored_split"])
    limits = {name: run.config["dataset"][name] for name in ("min_seconds", "silence_dbfs")}
    linear = run.task.target == "linear"
    return corpus_source(config["corpus"], run.spec, workers=config["workers"], linear=linear, **limits)


def _predict_all(
    run: Run, features: Iterator[UtteranceFeatures]
) -> Iterator[tuple[UtteranceFeatures, dict[str, np.ndarray]]]:
    """Yield each utterance with the true frames and those of every method."""
    task = run.task
    utterances, inputs = tee(features)
    predictions = predict_frames(run.load_model(), run.context, (getattr(one, task.given) for one in inputs))
    mean_frame = getattr(run.statistics, f"{task.asked}_mean").astype(np.float32)
    for utterance, predicted in zip(utterances, predictions, strict=True):
        frames = getattr(utterance, task.asked)
        yield (
            utterance,
            {
                TRUE[task.target]: frames,
                MODEL: predicted,
                task.baseline: task.analytic(getattr(utterance, task.given), run.spec),
                "mean_frame": np.broadcast_to(mean_frame, frames.shape),
                "zero": np.full(frames.shape, run.spec.floor_db, np.float32),
            },
        )


def _choose(ids: list[str], n: int) -> list[str]:
    """Choose ``n`` utterances by a hash of their ids, the same whatever else is there."""
    return sorted(ids, key=stable_fraction)[:n]
