"""How an arm came to rest: measured from its commands and joint states, and judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Iterable

import numpy as np
from arm_watch import ArmWatch

from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.safe_motion import stopping_time

# Of the fastest joint, in two states on end [rad/s]: noise alone reaches it once a second or so.
AT_REST = 0.02
# Figures are dated by the sender, 2 ms apart: an acceleration over 10 ms is right to so much [1].
DATING = 1.3


@dataclass(frozen=True)
class Stop:
    """How the arm stopped after one injection; times since the last good command, or the fault."""

    speed: float  # [rad/s] of the fastest command since the fault came
    begun: float  # [s] until the commands began to fall
    zero: float  # [s] until zero was commanded
    rest: float  # [s] until the arm rested
    acceleration: float  # [rad/s^2] largest between commands 10 ms apart or more
    reason: str  # what the guard, or the watchdog, said


@dataclass(frozen=True)
class Bound:
    """What every stop after a fault must keep."""

    zero: float  # [s] latest zero command; infinite where the guard is not there to give one
    rest: float  # [s] latest rest of the arm

    def broken_by(self, stop: Stop, watch: ArmWatch) -> str:
        """Which bound the stop broke, and by what; empty where none."""
        limits = watch.arm.limits
        if stop.zero > self.zero:
            return f"zero after {1e3 * stop.zero:.0f} ms, allowed {1e3 * self.zero:.0f}"
        if stop.rest > self.rest:
            return f"rest after {1e3 * stop.rest:.0f} ms, allowed {1e3 * self.rest:.0f}"
        # where others than the guard send zeros the robot brakes by itself
        if np.isfinite(self.zero) and stop.acceleration > DATING * limits.stop_deceleration.max():
            return f"commands fell by {stop.acceleration:.0f} rad/s^2"
        return ""


def measure(
    watch: ArmWatch,
    since: float,
    reason: Callable[[], str],
    lead: float = 0.01,
    ends_by_itself: bool = False,
    others_command: bool = False,
) -> Stop:
    """Waits until the arm rests and describes how it came to that.

    Args:
        watch: of the arm.
        since: steady time of the last good command, or of the fault [s].
        reason: says, afterwards, why it stopped.
        lead: how long before `since` the fastest command may lie [s].
        ends_by_itself: the controller does so, at rest: a last command may have been fast.
        others_command: not all that the controller gets is the guard's: what it says counts.
    """
    commands = watch.sent if ends_by_itself or others_command else watch.commands

    def resting() -> bool:
        zero = ends_by_itself or (commands and not np.any(commands[-1][1]))
        return bool(zero) and watch.speed() < AT_REST and watch.states[-1][0] > since

    watch.wait_until(resting, "the arm rests")
    sent = [(t, v) for t, v in list(commands) if t >= since - 0.1]
    times = np.array([t for t, _ in sent])
    speeds = np.array([np.abs(v).max() for _, v in sent])
    # the last good command may still be on its way up when the fault comes
    speed = float(speeds[times >= since - lead].max(initial=0.0))
    moving = times[speeds > 0.0]
    zero = float(moving[-1]) if len(moving) else since
    states = [(t, np.abs(v).max()) for t, _, v in list(watch.states) if t >= since]
    moved = [t for (_, last), (t, v) in zip(states, states[1:]) if min(last, v) >= AT_REST]
    changes = [
        np.abs(late - early).max() / (t1 - t0)
        for (t0, early), (t1, late) in zip(sent, sent[5:])
        if t1 - t0 >= 0.01
    ]
    return Stop(
        speed=speed,
        begun=max(zero - since - stopping_time(arm_limits(watch.arm), speed), 0.0),
        zero=max(zero - since, 0.0),
        rest=max(moved[-1] - since, 0.0) if moved else 0.0,
        acceleration=float(max(changes, default=0.0)),
        reason=reason(),
    )


def table(stops: dict[str, list[Stop]], bounds: dict[str, Bound], watch: ArmWatch) -> str:
    """A line per fault: how many, the worst figures, how many kept the bounds."""
    lines = [
        f"{'fault':28} {'n':>3} {'kept':>4} {'speed':>6} {'ramp from':>9} {'zero':>5} "
        f"{'allowed':>7} {'rest':>5} {'allowed':>7} {'accel.':>6}  said",
        f"{'':28} {'':>3} {'':>4} {'rad/s':>6} {'ms':>9} {'ms':>5} {'ms':>7} {'ms':>5} {'ms':>7} "
        f"{'rad/s2':>6}",
    ]
    for fault, found in stops.items():
        bound = bounds[fault]
        kept = sum(not bound.broken_by(stop, watch) for stop in found)
        allowed = f"{1e3 * bound.zero:.0f}" if np.isfinite(bound.zero) else "-"
        lines.append(
            f"{fault:28} {len(found):3} {kept:4} {_worst(found, 'speed'):6.2f} "
            f"{1e3 * _worst(found, 'begun'):9.0f} {1e3 * _worst(found, 'zero'):5.0f} {allowed:>7} "
            f"{1e3 * _worst(found, 'rest'):5.0f} {1e3 * bound.rest:7.0f} "
            f"{_worst(found, 'acceleration'):6.1f}  {found[-1].reason}"
        )
    return "\n".join(lines)


def _worst(stops: Iterable[Stop], name: str) -> float:
    return max(getattr(stop, name) for stop in stops)
