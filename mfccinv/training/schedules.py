"""Learning rate and stopping as pure functions of the history, so that a resumed training needs no other state."""

import math

SCHEDULES = ("constant", "cosine", "plateau", "trapezoid")


def learning_rate(
    val_losses: list[float],
    *,
    schedule: str,
    initial: float,
    epochs: int,
    plateau_factor: float,
    plateau_patience: int,
    fall_share: float,
) -> float:
    """Learning rate of the next epoch.

    Parameters
    ----------
    val_losses : list of float
        Validation losses of the epochs so far.
    schedule : {"constant", "cosine", "plateau", "trapezoid"}
        ``cosine`` falls from ``initial`` to nearly 0 over ``epochs`` (Loshchilov and Hutter, SGDR, 2017);
        ``plateau`` multiplies by ``plateau_factor`` after each ``plateau_patience`` epochs without a better loss;
        ``trapezoid`` stays, and falls in a straight line to nearly 0 over the last ``fall_share`` of the epochs
        (Hägele et al., Scaling laws and compute-optimal training beyond fixed training durations, 2024): until then a
        training can be made longer.
    initial : float > 0
    epochs : int
    plateau_factor : float in (0, 1)
    plateau_patience : int >= 1
    fall_share : float in (0, 1]
    """
    if schedule not in SCHEDULES:
        raise ValueError(f"training.schedule must be one of {', '.join(SCHEDULES)}, got {schedule!r}")
    if initial <= 0:
        raise ValueError(f"training.learning_rate must be above 0, got {initial}")
    if schedule == "cosine":
        return initial * (1 + math.cos(math.pi * len(val_losses) / epochs)) / 2
    if schedule == "plateau":
        if not 0 < plateau_factor < 1 or plateau_patience < 1:
            raise ValueError(
                "training.plateau_factor must be in (0, 1) and training.plateau_patience at least 1, "
                f"got {plateau_factor} and {plateau_patience}"
            )
        return initial * plateau_factor ** _plateaus(val_losses, plateau_patience)
    if schedule == "trapezoid":
        if not 0 < fall_share <= 1:
            raise ValueError(f"training.fall_share must be in (0, 1], got {fall_share}")
        return initial * min(1.0, (epochs - len(val_losses)) / (1 + fall_share * epochs))
    return initial


def best_epoch(val_losses: list[float]) -> int:
    """Number of the epoch with the lowest validation loss, counted from 1; the first of equals."""
    return val_losses.index(min(val_losses)) + 1


def reason_to_stop(val_losses: list[float], *, epochs: int, patience: int) -> str | None:
    """Say why there is no further epoch: all are done, or the last ``patience`` brought no better validation loss.

    None if there is one.
    """
    done = len(val_losses)
    if done >= epochs:
        return f"{done} of training.epochs={epochs} are done"
    if done and done - best_epoch(val_losses) >= patience:
        return f"no better validation loss since epoch {best_epoch(val_losses)} of {done}, training.patience={patience}"
    return None


def _plateaus(val_losses: list[float], patience: int) -> int:
    """How often ``patience`` epochs in a row brought no better loss."""
    best, waited, plateaus = math.inf, 0, 0
    for loss in val_losses:
        if loss < best:
            best, waited = loss, 0
            continue
        waited += 1
        if waited == patience:
            plateaus, waited = plateaus + 1, 0
    return plateaus
