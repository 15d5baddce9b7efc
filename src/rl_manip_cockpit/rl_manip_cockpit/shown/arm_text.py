"""What the page says of joints, signals and the gap."""

from __future__ import annotations

import math
import os
from html import escape
from typing import Iterator, Optional, Sequence, Tuple

import numpy as np

from rl_manip_cockpit.shown.markup import BAD, CAREFUL, GOOD, bar, block, coloured, table
from rl_manip_cockpit.state.seen import Motion, Seen
from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_description.contract.policy_contract import PolicyMetadata

NEAR = 0.95
"""Share of a limit from which on it is pointed at [1]."""
NONE = "–"
UNITS = (("_rad_s", "rad/s"), ("_hz", "Hz"), ("_rad", "rad"), ("_m", "m"), ("_s", "s"))
"""Endings of a figure's name that say its unit; times and lengths are shown in thousandths."""


def joints_text(seen: Seen, names: Sequence[str], limits: GuardLimits) -> str:
    """Each joint's position and velocity as figures, and as bars within the guard's limits."""
    if seen.state is None or seen.state.position is None:
        return block("no joint states yet")
    cell = "padding:0.1em 0.25em"
    right = f"{cell};text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums"
    rows = [
        f'<tr style="opacity:0.65"><td style="{cell}"></td><td style="{right}">rad</td>'
        f'<td></td><td style="{right}">rad/s</td><td></td></tr>'
    ]
    for i, name in enumerate(names):
        position, velocity = float(seen.state.position[i]), float(seen.state.velocity[i])
        place, used = _place(position, limits.position_lower[i], limits.position_upper[i])
        share = velocity / float(limits.velocity[i])
        label = escape(short_name(name, names))
        rows.append(
            f'<tr><td style="{cell};opacity:0.65;white-space:nowrap">{label}</td>'
            f'<td style="{right}">{position:+.3f}</td>'
            f'<td style="{cell};width:20%">{bar(place, place, _colour(used))}</td>'
            f'<td style="{right}">{velocity:+.2f}</td>'
            f'<td style="{cell};width:20%">{bar(0.5, 0.5 + 0.5 * share, _colour(share))}</td></tr>'
        )
    lines = "".join(rows)
    return block(f'<table style="width:100%;border-collapse:collapse">{lines}</table>')


def _place(position: float, lower: float, upper: float) -> Tuple[float, float]:
    """Share of the way between both limits, and of the room from its middle that is used [1].

    Where a joint has no limits: its place within a turn, and nothing is used.
    """
    if not math.isfinite(upper - lower):
        return (position / (2.0 * math.pi) + 0.5) % 1.0, 0.0
    place = (position - lower) / (upper - lower)
    return place, 2.0 * place - 1.0


def short_name(name: str, names: Sequence[str]) -> str:
    """A joint's name without what all the names end in, and with spaces."""
    ending = os.path.commonprefix([other[::-1] for other in names])[::-1] if len(names) > 1 else ""
    kept = name[: len(name) - len(ending)] if len(ending) < min(map(len, names)) else name
    return kept.replace("_", " ").strip() or name


def signals_text(seen: Seen, oldest_state: float) -> str:
    """Ages, speed scaling, program, policy and recording.

    Args:
        oldest_state: age at which a joint state stops the arm [s].
    """
    running = {None: NONE, True: coloured("running", GOOD), False: coloured("not running", BAD)}
    rows = [
        ("joint states", _age(seen.state, seen.now, oldest_state)),
        ("commands", _age(seen.command, seen.now, oldest_state)),
        ("robot program", running[seen.program_running]),
        ("speed scaling", _scaling(seen.speed_scaling)),
        ("policy", escape(seen.policy) or NONE),
        *((("policy file", escape(_in_short(seen.loaded))),) if seen.loaded else ()),
        *(
            (f"{name.replace('_', ' ')} unlike training", coloured(f"{share:.1%}", CAREFUL))
            for name, share in seen.outside.items()
            if share >= 0.001
        ),
        ("recording", _recording(seen)),
    ]
    return table(rows)


def _in_short(policy: PolicyMetadata) -> str:
    """What a policy does, who made it, and how it did in its evaluation."""
    made = policy.imported.source if policy.imported else policy.training.algorithm
    rate = policy.training.success_rate
    return f"{policy.task}, {made}" + ("" if rate is None else f", {rate:.1%}")


def gap_text(seen: Seen) -> str:
    """What the gap node measures, and what it says of it."""
    return block(escape(seen.gap_verdict)) + table(_figures(seen))


def _figures(seen: Seen) -> Iterator[Tuple[str, str]]:
    for name, value in seen.gap.items():
        kind = next((kind for kind in UNITS if name.endswith(kind[0])), ("", ""))
        shown = name[: len(name) - len(kind[0])].replace("_", " ")
        if kind[1] in ("m", "s"):
            yield shown, f"{1e3 * value:.1f} m{kind[1]}"
        else:
            yield shown, f"{value:.4g} {kind[1]}".strip()


def _age(motion: Optional[Motion], now: float, oldest: float) -> str:
    if motion is None:
        return coloured("never heard", CAREFUL)
    age = max(now - motion.received, 0.0)  # what came during this very look is new
    if age > 10.0:
        return coloured(f"{age:.0f} s old", BAD)
    return coloured(f"{1e3 * age:.0f} ms old", BAD if age > oldest else GOOD)


def _scaling(share: Optional[float]) -> str:
    if share is None:
        return NONE
    return coloured(f"{share:.0%}", GOOD if share > 0.999 else CAREFUL)


def _recording(seen: Seen) -> str:
    if not seen.recorder:
        return coloured("off", CAREFUL)
    size = "" if seen.bag_bytes is None else f", {seen.bag_bytes / 1e6:.1f} MB"
    return coloured(f"{seen.recorder}{size}", GOOD)


def _colour(share: float) -> str:
    return BAD if not abs(share) < 1.0 else CAREFUL if abs(share) > NEAR else "#339af0"


def tool_text(tool: np.ndarray, goal: Optional[np.ndarray], twin: Optional[np.ndarray]) -> str:
    """Where the tool is, how far from its goal, and how far from its twin; each (3,) [m]."""
    place = ", ".join(f"{number:+.3f}" for number in tool)
    rows = [("tool x, y, z", f"{place} m"), ("from goal", _apart(tool, goal))]
    return table([*rows, ("from simulated twin", _apart(tool, twin))])


def _apart(tool: np.ndarray, other: Optional[np.ndarray]) -> str:
    return NONE if other is None else f"{1e3 * float(np.linalg.norm(tool - other)):.1f} mm"
