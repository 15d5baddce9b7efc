"""What a policy's page says of goals, inputs and rewards."""

from __future__ import annotations

from html import escape
from typing import List, Mapping, Tuple

from rl_manip_cockpit.shown.markup import BAD, CAREFUL, GOOD, bar, block, card, coloured, table
from rl_manip_cockpit.state.trial.goal_tries import Tally
from rl_manip_cockpit.state.trial.knob import Knob
from rl_manip_cockpit.state.trial.trial_seen import TrialSeen

NONE = "–"
SLOW = 0.9
"""Simulated over real time, below which it is pointed at [1]."""
LEAST = 0.001
"""Shares and reward terms below this are left out [1]."""
BLUE = "#339af0"


def goal_text(seen: TrialSeen) -> str:
    """Whether the goal is met, and how goals were met lately."""
    met = seen.arm.is_met
    word, colour = ("GOAL MET", GOOD) if met else ("UNDER WAY", CAREFUL)
    if seen.is_paused:
        word, colour = "PAUSED", CAREFUL
    mode = "goal after goal" if seen.held_by is None else "holds the goal that was dragged"
    return card(word, colour, [mode, seen.note])


def figures_text(seen: TrialSeen) -> str:
    """Distance, time, and the share of goals that are met."""
    time = NONE if seen.time_to_goal is None else f"{seen.time_to_goal:.2f} s"
    pace = f"{seen.pace:.2f} × real time"
    return table(
        [
            ("from goal", f"{1e3 * seen.distance:.1f} mm"),
            ("time to goal", time),
            ("since it began", f"{seen.elapsed:.1f} s"),
            *_tally_rows(seen.tally),
            ("pace", coloured(pace, GOOD if seen.pace >= SLOW else CAREFUL)),
        ]
    )


def _tally_rows(tally: Tally) -> List[Tuple[str, str]]:
    if not tally.count:
        return [("met under these sliders", "no goal had its full time yet")]
    low, high = tally.interval
    share = tally.met / tally.count
    colour = GOOD if share >= 0.9 else CAREFUL if share >= 0.5 else BAD
    mean = NONE if tally.mean_time is None else f"{tally.mean_time:.2f} s"
    return [
        ("met under these sliders", coloured(f"{tally.met} of {tally.count}: {share:.0%}", colour)),
        ("95 % interval", f"{low:.0%} to {high:.0%}"),
        ("mean time to goal", mean),
    ]


def outside_text(seen: TrialSeen) -> str:
    """Inputs unlike training within the last seconds, as bars."""
    rows = [
        (
            name.replace("_", " "),
            coloured(f"{share:.0%} of the time", CAREFUL) + bar(0.0, share, CAREFUL)
            if share >= LEAST
            else coloured("as in training", GOOD),
        )
        for name, share in seen.outside.items()
    ]
    return table(rows)


def rewards_text(rewards: Mapping[str, float]) -> str:
    """Weighted terms of the last step, those that are not zero, and their sum."""
    largest = max((abs(value) for value in rewards.values()), default=0.0)
    rows = [
        (
            name.replace("_", " "),
            f"{value:+.3f}" + bar(0.5, 0.5 + 0.5 * value / largest, BLUE if value > 0 else BAD),
        )
        for name, value in rewards.items()
        if abs(value) >= LEAST
    ]
    return table([*rows, ("sum", f"{sum(rewards.values()):+.3f}")])


def trained_text(knob: Knob, figure: float) -> str:
    """The range that a policy was trained with, and whether the slider is within it."""
    if knob.trained is None:
        return block(escape("the policy's file does not say what it was trained with"), _SMALL)
    low, high = (f"{end:.4g}" for end in knob.trained)
    said = f"trained with {low}" if low == high else f"trained with {low} to {high}"
    inside = knob.is_trained(figure)
    words = said if inside else f"{said}: this is beyond"
    return block(coloured(words, GOOD if inside else BAD), _SMALL)


_SMALL = "opacity:0.8;margin-top:-0.5em;"
