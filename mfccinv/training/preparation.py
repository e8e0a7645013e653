"""All that an epoch needs: devices, batches, the loss, the network and its running average."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import keras
import numpy as np

from mfccinv.batches.compact_frames import CompactShard
from mfccinv.batches.live_batches import Batches, LiveBatches
from mfccinv.batches.live_shards import LiveSpeech
from mfccinv.batches.segment_batches import SegmentBatches
from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.extraction import Extractor
from mfccinv.datasets.shards import Shard
from mfccinv.datasets.statistics import Statistics
from mfccinv.features.flow_path import FlowPath
from mfccinv.features.spec import FeatureSpec
from mfccinv.models.assembly import build_model
from mfccinv.models.taken_weights import take_weights
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.system.provenance import describe_environment
from mfccinv.training.devices import Devices, seed_weights
from mfccinv.training.loss import FrameFunction, FrameMean, make_loss
from mfccinv.training.optimizer import make_optimizer
from mfccinv.training.schedules import learning_rate
from mfccinv.training.settings import TrainingSettings, TrainSettings


@dataclass(frozen=True)
class Prepared:
    """A network with all it takes to train it.

    Parameters
    ----------
    settings : TrainSettings
    dataset : Dataset
    devices : Devices
    loss : FrameFunction
    batches : SegmentBatches or LiveBatches
    validation : list of Shard
    model : keras.Model
        Compiled.
    average : keras.Model
        The same network with the running average of the weights: what is validated and kept.
    flow_path : FlowPath or None
        If samples can be drawn from the network.
    """

    settings: TrainSettings
    dataset: Dataset
    devices: Devices
    loss: FrameFunction
    batches: Batches
    validation: list[Shard]
    model: keras.Model
    average: keras.Model
    flow_path: FlowPath | None

    @property
    def validated_mfcc(self) -> list[int]:
        """Numbers of MFCC that the network is validated with; none if it takes one number alone."""
        return [] if self.settings.task.min_mfcc is None else list(self.settings.training.validated_mfcc)

    @property
    def n_parameters(self) -> int:
        """Number of weights that are trained."""
        return sum(int(np.prod(weight.shape)) for weight in self.model.trainable_weights)

    def start_from(self, base: RunFolder) -> None:
        """Take the weights of a trained run of the same model, perhaps for other inputs."""
        take_weights(self.model, Run(base.folder).load_model())

    def describe(self) -> dict:
        """Describe the software, the devices and the data set, for ``environment.json``."""
        return describe_environment() | {
            "backend": keras.backend.backend(),
            "devices": self.devices.names,
            "dataset": str(self.dataset.folder),
            "fingerprint": self.dataset.manifest["fingerprint"],
            "trainable_parameters": self.n_parameters,
            "frames_per_epoch": self.batches.frames_per_epoch,
        }


def prepare(settings: TrainSettings, dataset: Dataset, statistics: Statistics) -> Prepared:
    """Prepare a training; wrong settings are found here, before anything is written.

    Raises
    ------
    ValueError
        For settings out of range.
    """
    path = statistics.flow_path(dataset.spec) if settings.task.flow else None
    devices, loss, model = _make_network(settings, dataset.spec, statistics)
    batches = _make_batches(settings, dataset, path)
    devices.check_batch(batches.segments_per_batch)
    average = build_model(settings.model, dataset.spec, statistics, settings.task)
    average.jit_compile = devices.jit_compile
    return Prepared(settings, dataset, devices, loss, batches, dataset.shards("validation"), model, average, path)


def check(settings: TrainSettings, spec: FeatureSpec) -> None:
    """Refuse with ValueError wrong settings of the network and its training, of which no data set is needed to tell."""
    _make_network(settings, spec, Statistics.unknown(spec))


def _make_network(
    settings: TrainSettings, spec: FeatureSpec, statistics: Statistics
) -> tuple[Devices, FrameFunction, keras.Model]:
    training = settings.training
    _check_validated(settings, spec)
    if (settings.task.target == "phase") != (settings.loss["name"] == "phase_steps"):
        raise ValueError(f"loss=phase_steps is for target=phase, and for no other, got loss={settings.loss['name']}")
    devices = Devices(n=training.devices, precision=training.precision, jit_compile=training.jit_compile)
    loss = make_loss(settings.loss)
    seed_weights(training.seed)
    with devices.scope():
        model = build_model(settings.model, spec, statistics, settings.task)
        _compile(model, training, loss, devices)
    return devices, loss, model


def _check_validated(settings: TrainSettings, spec: FeatureSpec) -> None:
    """Refuse with ValueError numbers of MFCC to validate with that the network doesn't take."""
    task, numbers = settings.task, settings.training.validated_mfcc
    task.check_spec(spec)
    if task.min_mfcc is not None and not (numbers and all(task.takes(n, spec) for n in numbers)):
        raise ValueError(
            f"training.validated_mfcc must be some of {task.min_mfcc} to {spec.n_mfcc}, which the network takes, got "
            f"{list(numbers)}"
        )


def _make_batches(settings: TrainSettings, dataset: Dataset, path: FlowPath | None) -> Batches:
    training = settings.training
    make = partial(
        SegmentBatches,
        spec=dataset.spec,
        context=settings.task.context(settings.model),
        task=settings.task,
        flow_path=path,
        segment_frames=training.segment_frames,
        batch_frames=training.batch_frames,
        edges=training.edges,
        memory_gb=training.memory_gb,
        seed=training.seed,
    )
    stored = make(
        dataset.shards("train"),
        steps_per_epoch=training.steps_per_epoch,
        voices=training.voices,
        speaker_exponent=training.speaker_exponent,
        corpus_shares=training.corpus_shares,
    )
    if not settings.build.augment.live:
        return stored

    def of_variants(shards: Sequence[CompactShard], steps: int) -> SegmentBatches:
        return make(shards, steps_per_epoch=steps, voices=None, speaker_exponent=1.0, corpus_shares=None)

    return LiveBatches(
        stored,
        _live_speech(settings, dataset, stored),
        of_variants,
        steps_per_epoch=training.steps_per_epoch,
        n_epochs=training.epochs,
        memory_gb=training.memory_gb,
    )


def _live_speech(settings: TrainSettings, dataset: Dataset, stored: SegmentBatches) -> LiveSpeech:
    """The recordings of a data set, to make variants of."""
    recordings = list(dataset.recordings("train").values())
    extractor = Extractor(
        dataset.spec,
        dataset.manifest["min_seconds"],
        dataset.manifest["silence_dbfs"],
        settings.build.augment,
        linear="log_magnitude" in stored.arrays,
        segment_seconds=dataset.manifest.get("segment_seconds"),
        phase="phase_steps" in stored.arrays,
    )
    return LiveSpeech(
        recordings=recordings,
        weights=np.array([stored.weight(recording.speaker or "") for recording in recordings]),
        extractor=extractor,
        arrays=stored.arrays,
        workers=settings.build.dataset.workers,
        shard_frames=settings.build.dataset.shard_frames,
        seed=settings.training.seed,
    )


def _compile(model: keras.Model, training: TrainingSettings, loss: FrameFunction, devices: Devices) -> None:
    clip = training.gradient_clip
    optimizer = make_optimizer(
        training.optimizer,
        next_learning_rate([], training),
        largest_gradient=clip and clip / devices.replicas,
        weight_average=training.weight_average,
        stops=devices.replicas == 1,  # replicas can't branch on their own
    )
    model.compile(
        optimizer,
        loss=FrameMean(loss),
        jit_compile=devices.jit_compile,
        steps_per_execution=devices.steps_at_once,
    )


def next_learning_rate(history: list[dict], training: TrainingSettings) -> float:
    """Learning rate of the epoch that follows a history, see `RunFolder.read_history`."""
    return learning_rate(
        [row["val_loss"] for row in history],
        schedule=training.schedule,
        initial=training.learning_rate,
        epochs=training.epochs,
        plateau_factor=training.plateau_factor,
        plateau_patience=training.plateau_patience,
        fall_share=training.fall_share,
    )
