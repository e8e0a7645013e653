"""Many quick attempts in one process."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from campaign.guard import call
from campaign.outcome import FAILURES, WRONG, Limits, Outcome

LIMITS = Limits()


def run_batch(place: Path, attempts: Iterable[Callable[[], Outcome]]) -> list[Outcome]:
    """Make attempts one after the other in one process, each within the limits.

    One that ends the process is wrong, and the last.
    """

    def all_attempts(tell):
        for attempt in attempts:
            began = time.process_time()
            outcome = attempt()
            seconds = time.process_time() - began
            if seconds > LIMITS.seconds and outcome.verdict not in FAILURES:
                outcome = Outcome(WRONG, f"took {seconds:.1f} s: {outcome.detail}")
            tell([outcome.verdict, outcome.detail[:500]])

    ended = call(all_attempts, place)
    outcomes = [Outcome(*one) for one in ended.told]
    if ended.how != "returned":
        told = f"{ended.error.kinds[0]}: {ended.error.message:.300}" if ended.error else ended.output[-300:]
        outcomes.append(Outcome(WRONG, f"attempt {len(outcomes)} {ended.how}: {told}"))
    elif ended.megabytes > LIMITS.megabytes:
        outcomes.append(Outcome(WRONG, f"one of these took {ended.megabytes:.0f} MB"))
    return outcomes
