"""Command line of the campaign; it ends with 1 if a trial ended as it must not."""

import argparse
import json
import sys
from pathlib import Path

from filelock import FileLock, Timeout

from campaign import __doc__ as about
from campaign import table
from campaign.run import chosen_tests, run, run_trial
from campaign.samples import Samples


def main() -> None:
    parser = argparse.ArgumentParser(
        "campaign", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, help="time for these tests, with that of earlier calls")
    parser.add_argument("--trials", type=int, help="trials of each test, with those of earlier calls")
    parser.add_argument("--trial", type=int, help="do this one trial of each test, and tell all of it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", default=[], help="modules, or names of tests or words of them")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path("build/campaign"), help="folder of the trials' ends")
    parser.add_argument("--failures", type=int, default=5, help="kinds of failures of each test to tell")
    parser.add_argument("--write", action="store_true", help=f"write the table to {table.RESULT.name} for the docs")
    arguments = parser.parse_args()
    tests = chosen_tests(arguments.only)
    if not tests:
        parser.error(f"no test has one of these words in its name: {', '.join(arguments.only)}")
    arguments.results.mkdir(parents=True, exist_ok=True)
    lock = FileLock(arguments.results / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        parser.error(f"another campaign works in {arguments.results}: wait for its end, or take another --results")
    if arguments.trial is not None:
        samples = Samples(arguments.results.resolve() / "samples")
        for test in tests:
            place = arguments.results.resolve() / "one" / "place"
            print(json.dumps(run_trial(test, arguments.seed, arguments.trial, place, samples), indent=2))
        return
    if arguments.write and arguments.only:
        parser.error("--write is for the table of all tests, not with --only")
    if arguments.minutes is None and arguments.trials is None:
        parser.error("say --minutes or --trials")
    lines = run(
        tests,
        arguments.results,
        seed=arguments.seed,
        minutes=arguments.minutes,
        trials=arguments.trials,
        processes=arguments.processes,
    )
    lines = [line for line in lines if line["test"] in tests]
    text = table.render(tests, lines)
    print("\n".join([*table.failures(tests, lines, of_each=arguments.failures), "", text]))
    if arguments.write:
        seconds = sum(line["seconds"] for line in lines)
        table.write(text, arguments.seed, seconds / 60 / arguments.processes, arguments.processes)
    sys.exit(table.has_failures(lines))


if __name__ == "__main__":
    main()
