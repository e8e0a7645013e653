"""Adapts a trained network to a voice: a small difference to it is trained, and kept if the voice gains by it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from mfccinv.audio.sound_files import Recording
from mfccinv.batches.segment_batches import SegmentBatches
from mfccinv.configs.presets import preset_settings
from mfccinv.datasets.sound_print import sound_print
from mfccinv.evaluation.frame_metrics import finite_or_none
from mfccinv.models.difference import Adaptable, add_difference
from mfccinv.run_folders.learned_from import LearnedFrom, hashed
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import RunError, RunFolder
from mfccinv.synthesis.baseline import Baseline
from mfccinv.system.path_settings import check_new_name
from mfccinv.system.provenance import describe_environment
from mfccinv.training.devices import Devices, seed_weights
from mfccinv.training.epoch import train_epoch
from mfccinv.training.loss import FrameFunction, FrameMean, make_loss
from mfccinv.training.optimizer import make_optimizer
from mfccinv.training.validation import score_baseline, score_model
from mfccinv.training.voice import Voice, frames_of_voice

Scores = dict[str, float]
SPLIT = {"rule": "pieces of one voice", "speaker_disjoint": False}
GRADIENT_CLIP = 1.0


@dataclass(frozen=True, kw_only=True)
class AdaptationSettings:
    """How a network is adapted: ``configs/adaptation``, which says what each is.

    Raises
    ------
    ValueError
        If ``rank``, ``epochs``, ``patience`` or ``steps_per_epoch`` is below 1, ``held_out`` below 2, ``copies`` below
        0, a batch has no room for a segment, or ``speed`` is no range; if ``learning_rate``, ``limit_seconds`` or
        ``piece_seconds`` isn't above 0.
    """

    rank: int
    epochs: int
    patience: int
    steps_per_epoch: int
    limit_seconds: float
    segment_frames: int
    batch_frames: int
    learning_rate: float
    weight_average: float
    copies: int
    speed: list[float]
    held_out: int
    piece_seconds: float
    least_seconds: float
    seed: int

    def __post_init__(self):
        least = {"copies": 0, "rank": 1, "epochs": 1, "patience": 1, "steps_per_epoch": 1, "segment_frames": 1}
        least |= {"batch_frames": self.segment_frames, "held_out": 2}
        for name, number in least.items():
            if getattr(self, name) < number:
                raise ValueError(f"adaptation.{name} must be at least {number}, got {getattr(self, name)}")
        for name in ("learning_rate", "limit_seconds", "piece_seconds"):
            if getattr(self, name) <= 0:
                raise ValueError(f"adaptation.{name} must be above 0, got {getattr(self, name)}")
        if len(self.speed) != 2:
            raise ValueError(f"adaptation.speed must be [slowest, fastest], got {self.speed}")
        if not 0 < self.weight_average < 1:
            raise ValueError(f"adaptation.weight_average must be in (0, 1), got {self.weight_average}")


@dataclass(frozen=True)
class Adapted:
    """What came of an adaptation.

    Parameters
    ----------
    run : RunFolder or None
        The adapted run; None: the voice gained nothing, and nothing was saved.
    base : RunFolder
    scores : dict of dict of float
        On the speech that was held out: ``snr`` and ``lsd``, dB, of the ``baseline``, the ``base`` and the ``adapted``
        network; the last is that which isn't saved where nothing is.
    held_out_seconds : float
    was_interrupted : bool
        Whether Ctrl-C ended it early.
    """

    run: RunFolder | None
    base: RunFolder
    scores: dict[str, Scores]
    held_out_seconds: float
    was_interrupted: bool

    @property
    def gain(self) -> float:
        """How much higher the SNR of the adapted network is than that of the base, dB."""
        return self.scores["adapted"]["snr"] - self.scores["base"]["snr"]


def adapt_run(
    base: RunFolder,
    recordings: Sequence[Recording],
    settings: AdaptationSettings,
    *,
    output: Path,
    name: str,
    progress: bool,
) -> Adapted:
    """Adapt a run to a voice, and save the difference if the voice gains by it.

    Ctrl-C ends the training early; the best so far is kept as it would be at the end.

    Parameters
    ----------
    base : RunFolder
    recordings : list of Recording
        Of the voice, at the sample rate of the run.
    settings : AdaptationSettings
    output : Path
        Folder of adapted runs.
    name : str
        Of the result; it gets a number if there is a run of that name.
    progress : bool
        Whether to show progress bars, and a line each epoch.

    Raises
    ------
    RunError
        If the run can't be adapted: it was adapted itself, takes several numbers of MFCC, or has nothing to train.
    ValueError
        For too little speech, settings out of range, and a name that no folder can have.
    NonFiniteLoss
        If a loss or a gradient is no longer finite.
    """
    if base.is_adapted:
        raise RunError(
            f"{base.folder} was made by mfccinv adapt: adapt {base.open_base().folder.name} with all speech of the "
            "voice"
        )
    if base.task.min_mfcc is not None:
        raise RunError(f"{base.folder} takes several numbers of MFCC, and only networks of one number can be adapted")
    if base.task.flow:
        raise RunError(f"{base.folder} draws samples (flow=true), and only networks for the mean can be adapted")
    if base.task.target == "phase":
        raise RunError(f"{base.folder} predicts phases, and only networks for spectra can be adapted")
    base.reference()
    check_new_name("name", name)
    voice = frames_of_voice(
        recordings,
        base.spec,
        linear=base.task.target == "linear",
        held_out=settings.held_out,
        piece_seconds=settings.piece_seconds,
        least_seconds=settings.least_seconds,
        copies=settings.copies,
        speed=(settings.speed[0], settings.speed[-1]),
        seed=settings.seed,
    )
    training = _Training(base, voice, settings, progress)
    history = training.run_epochs()
    loss, scores = training.score_difference()
    adapted = Adapted(
        run=None,
        base=base,
        scores={
            "baseline": score_baseline([voice.held_out], Baseline(base.task, base.spec, base.context.sees_target)),
            "base": training.base_scores,
            "adapted": scores,
        },
        held_out_seconds=float(voice.held_out.seconds.sum()),
        was_interrupted=training.was_interrupted,
    )
    if training.best is None or not adapted.gain > 0:
        return adapted
    difference = training.best

    def fill(run: Run) -> None:
        run.save_difference(difference, base)
        run.write_history(history)
        gain = scores["snr"] - adapted.scores["baseline"]["snr"]
        values = {"loss": loss, **scores, "snr_gain": gain}
        run.add_metrics("validation", {name: finite_or_none(value) for name, value in values.items()})

    saved = Run.create(
        output,
        name,
        base.config
        | {"init": base.reference().run, "run": {"root": str(output), "name": name}}
        | {"adaptation": vars(settings)},
        base.spec,
        base.statistics,
        training.describe(),
        _learned_from(voice).after(base.learned_from),
        fill,
    )
    return replace(adapted, run=saved)


def _learned_from(voice: Voice) -> LearnedFrom:
    rows = sorted(f"{sound_print(utterance.log_mel)} {utterance.seconds}" for utterance in voice.held_out)
    return LearnedFrom({}, voice.prints - {""}, True, SPLIT, hashed("\n".join(rows)))


class _Training:
    """A training of a difference; ``best`` is that of the epoch with the highest SNR, None before there is one."""

    def __init__(self, base: RunFolder, voice: Voice, settings: AdaptationSettings, progress: bool):
        self._base, self._voice, self._settings, self._progress = base, voice, settings, progress
        self._devices = Devices(n=1, precision="float32", jit_compile=False)
        self._loss: FrameFunction = make_loss(base.config.get("loss", preset_settings("loss", "snr")))
        self._batches = SegmentBatches(
            [voice.training],
            base.spec,
            base.context,
            base.task,
            segment_frames=settings.segment_frames,
            batch_frames=settings.batch_frames,
            steps_per_epoch=settings.steps_per_epoch,
            voices=None,
            speaker_exponent=1.0,
            corpus_shares=None,
            edges=True,
            memory_gb=8.0,
            seed=settings.seed,
        )
        seed_weights(settings.seed)
        self._model, average = Run(base.folder).load_model(), Run(base.folder).load_model()
        average.jit_compile = self._devices.jit_compile
        try:
            Adaptable(self._model, settings.rank)
            self._average = Adaptable(average, settings.rank)
        except ValueError as error:
            raise RunError(f"{base.folder} can't be adapted: {error}") from error
        self._average_model = average
        self.base_scores = self._score(average)[1]  # nothing has changed yet; earlier, Keras would compile the kernels
        optimizer = make_optimizer(
            "adam",
            settings.learning_rate,
            largest_gradient=GRADIENT_CLIP,
            weight_average=settings.weight_average,
            stops=True,
        )
        self._model.compile(optimizer, loss=FrameMean(self._loss), jit_compile=self._devices.jit_compile)
        self.best: dict[str, np.ndarray] | None = None
        self.was_interrupted = False

    def run_epochs(self) -> list[dict]:
        """Train until nothing is gained any more, and return the history."""
        settings, history, best, best_epoch = self._settings, list[dict](), self.base_scores["snr"], 0
        started = time.perf_counter()
        try:
            while (
                len(history) < settings.epochs
                and len(history) - best_epoch < settings.patience
                and time.perf_counter() - started < settings.limit_seconds
            ):
                row = self._train_and_score(len(history) + 1)
                if row["val_snr"] > best:
                    best, best_epoch, self.best = row["val_snr"], row["epoch"], self._average.difference()
                history.append(row)
                if self._progress:
                    gain = row["val_snr"] - self.base_scores["snr"]
                    marked = "  *" if best_epoch == len(history) else ""
                    print(f"epoch {row['epoch']}/{settings.epochs}  held out {gain:+.2f} dB{marked}", flush=True)
        except KeyboardInterrupt:
            self.was_interrupted = True
        return history

    def score_difference(self) -> tuple[float, Scores]:
        """Loss and scores of what will be loaded: the base with the best difference, or the last where none is."""
        difference = self._average.difference() if self.best is None else self.best
        model = Run(self._base.folder).load_model()
        model.jit_compile = self._devices.jit_compile
        add_difference(model, difference)
        return self._score(model)

    def describe(self) -> dict:
        """Describe the software, the devices and the costs, for ``environment.json``."""
        return describe_environment() | {
            "backend": keras.backend.backend(),
            "devices": self._devices.names,
            "trainable_parameters": sum(int(np.prod(weight.shape)) for weight in self._model.trainable_weights),
            "frames_per_epoch": self._batches.frames_per_epoch,
        }

    def _score(self, model: keras.Model) -> tuple[float, Scores]:
        base = self._base
        return score_model(model, base.context, [self._voice.held_out], self._loss, base.spec, base.task)

    def _train_and_score(self, epoch: int) -> dict:
        started = time.perf_counter()
        loss = train_epoch(
            self._model,
            self._average_model,
            self._batches,
            epoch=epoch,
            seed=self._settings.seed,
            progress=self._progress,
        )
        seconds = time.perf_counter() - started
        val_loss, scores = self._score(self._average_model)
        return {
            "epoch": epoch,
            "learning_rate": self._settings.learning_rate,
            "loss": loss,
            "val_loss": val_loss,
            "val_snr": scores["snr"],
            "val_lsd": scores["lsd"],
            "seconds": round(seconds, 3),
        }
