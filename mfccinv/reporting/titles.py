"""Features and tasks in a few words, for reports and headings."""

from mfccinv.features.spec import FeatureSpec
from mfccinv.features.task import Task


def features_title(spec: FeatureSpec) -> str:
    """Number of MFCC and of mel bands, rate, window and hop."""
    return (
        f"{spec.n_mfcc} MFCC of {spec.n_mels} mel bands at {spec.sample_rate:,} Hz, "
        f"{spec.win_length}/{spec.hop_length} samples"
    )


def task_title(task: Task, sees_target: bool) -> str:
    """What a network takes and predicts; ``sees_target`` as in `Context`."""
    return f"{task.source} → {task.target}{'' if sees_target else ', of the next frame'}"
