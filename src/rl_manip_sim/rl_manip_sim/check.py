"""``python -m rl_manip_sim.check --backend NAME``: does that backend keep its promises here?"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Callable, NamedTuple, Optional, Sequence

from rl_manip_description import load_arm
from rl_manip_sim.backends import BACKENDS, resolve_backend
from rl_manip_sim.batch_sim import BackendError
from rl_manip_sim.contract import CHECKS, Subject

KEPT, BROKEN, NOT_PROMISED = "ok", "FAILED", "not kept"
"""Outcomes of a check; the last one is a difference that the backend owns up to."""


class Outcome(NamedTuple):
    """What came of one check."""

    name: str
    result: str
    seconds: float
    remark: str


def run_check(check: Callable[[Subject], None], subject: Subject) -> Outcome:
    """Run one check; an exception of any kind is a broken promise."""
    begin, problem = time.perf_counter(), ""
    try:
        check(subject)
    except Exception as error:  # whatever a simulator throws belongs into the table
        text = " ".join(str(error).split())
        problem = text if isinstance(error, AssertionError) else f"{type(error).__name__}: {text}"
        problem = problem or "no reason given"
    excuse = subject.promise.not_kept.get(check.__name__)
    result = KEPT if not problem else NOT_PROMISED if excuse else BROKEN
    remark = problem if result == BROKEN else excuse if result == NOT_PROMISED else ""
    return Outcome(check.__name__, result, time.perf_counter() - begin, remark or "")


WIDTH = max(len(check.__name__) for check in CHECKS)


def line(outcome: Outcome) -> str:
    """The outcome as a row of the table."""
    name, result, seconds, remark = outcome
    return f"{name:{WIDTH}}  {result:8}  {seconds:6.2f} s  {remark}".rstrip()


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """0 if every promise is kept, 1 if one is broken, 2 if the backend cannot run here."""
    parser = argparse.ArgumentParser(prog="python -m rl_manip_sim.check", description=__doc__)
    parser.add_argument("--backend", choices=BACKENDS, default="auto", help="which backend")
    parser.add_argument("--arm", default="ur5e", help="which arm")
    given = parser.parse_args(arguments)
    try:
        subject = Subject(resolve_backend(given.backend), load_arm(given.arm))
    except (BackendError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    outcomes = []
    for check in CHECKS:
        outcomes.append(run_check(check, subject))
        print(line(outcomes[-1]), flush=True)
    broken = [outcome.name for outcome in outcomes if outcome.result == BROKEN]
    kept = sum(outcome.result == KEPT for outcome in outcomes)
    print(
        f"{subject.backend}, {subject.arm.name}: {kept} of {len(outcomes)} checks passed"
        + (f"; failed: {', '.join(broken)}" if broken else "")
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
