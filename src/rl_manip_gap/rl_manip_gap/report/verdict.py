"""What the figures mean: three sentences, and the transfer challenges one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Tuple

from rl_manip_gap.compare.measure import Gap
from rl_manip_gap.compare.training_ranges import DELAY, GAIN, advice, worst
from rl_manip_gap.metrics.intervals import MIN_BLOCKS, Figure, common_half_width
from rl_manip_gap.report.gated_verdict import gated_verdict
from rl_manip_gap.report.wording import error_size, in_mm, in_ms

_FEW_INPUTS = 0.01  # a smaller share of inputs out of range is no challenge [1]
_KNOWN_GAIN = 0.1  # half an interval; a gain known less well is not named [1]
_CYCLE = 0.002  # of the driver: no delay is kept to less [s]
_WORSE = 1.05  # a correction after which this much more remains adds error [1]
_DILUTED = 0.98  # standing that makes less of a difference to the error is not named [1]
_SMALL = 0.1  # parts below this share of the tool's error are called small [1]


@dataclass(frozen=True)
class Challenge:
    """One reason why behaviour does not transfer."""

    title: str
    finding: str  # what was measured
    remedy: str  # what to do
    share: float = 0.0  # of the tool's squared error [1]; 0 where it is not part of it


def challenges(gap: Gap) -> List[Challenge]:
    """Transfer challenges, largest first."""
    found = [_delay(gap), _gain(gap), _rest(gap)] if gap.commands_recorded and gap.budget else []
    found.sort(key=lambda challenge: -challenge.share)
    return _gates(gap) + found + _timing(gap) + _inputs(gap) + _goals(gap) + _clocks(gap)


def verdict(gap: Gap) -> Tuple[str, str, str]:
    """What differs most, how sure that is, what to do."""
    if not gap.validity.passed:
        return gated_verdict(gap)
    size = error_size(gap)
    if not gap.commands_recorded:
        return (
            f"The bag holds no commands, so measured velocities stand in. {size}.",
            "Delay and gain cannot be told from such a bag: the error is that of the replayed "
            f"motion alone, without the {gap.lead_s * 1e3:.0f} ms by which the simulation itself "
            "trails what it is told.",
            "Record the command topic too, then measure again.",
        )
    main = challenges(gap)[0]
    differs = (
        f"{size}; {main.share:.0%} of the squared error comes from {_cause(main.title)}: "
        f"{main.finding}"
    )
    return differs, _sureness(gap), main.remedy


def _gates(gap: Gap) -> List[Challenge]:
    """What the arm did instead of following."""
    return [Challenge("Validity", f"{gate.finding}.", gate.remedy) for gate in gap.validity.failed]


def _cause(title: str) -> str:
    return {
        "Delay": "latency",
        "Velocity gain": "velocity gain",
        "Friction, servo and load": "neither latency nor gain",
    }[title]


def _sureness(gap: Gap) -> str:
    windows, tool = len(gap.replayed.starts), gap.tool["position_rmse_m"]
    if tool.ci95 is None:
        return (
            f"With {windows} window{'s' if windows > 1 else ''} of {gap.window_s:g} s no interval "
            f"can be given; record at least {MIN_BLOCKS} s of motion."
        )
    width = tool.half_width / max(tool.value, 1e-12)
    word = "well" if width < 0.15 else "roughly" if width < 0.4 else "poorly"
    _, low, high = tool.texts(1e3, 2)
    sentence = (
        f"That is {word} known: {low} to {high} mm with 95 % confidence over {windows} windows"
    )
    whole = gap.tool_whole["position_rmse_m"]
    if whole.value < _DILUTED * tool.value:
        sentence += f", {in_mm(whole)} with the time in which it stands"
    delay = gap.response.get("delay_s")
    if delay is not None and delay.ci95 is not None:
        sentence += f", the delay to within {delay.half_width * 1e3:.1f} ms"
    if gap.floor is not None:
        floor = gap.floor.tool["position_rmse_m"]
        sentence += f"; the arm repeats itself to {in_mm(floor)}, "
        sentence += (
            "so less than that would mean nothing"
            if tool.value > 2.0 * floor.value
            else "so most of this gap is no gap"
        )
    notes = sum(irregularity.count for irregularity in gap.recording.irregularities)
    if notes:
        sentence += f"; the bag's irregularities ({notes}) are listed at the end"
    return sentence + "."


def _delay(gap: Gap) -> Challenge:
    real, sim = gap.response.get("delay_s"), gap.response.get("sim_delay_s")
    if real is None or sim is None:
        return Challenge(
            "Delay",
            "the joints moved too little to measure it.",
            "Record a motion in which every joint moves by more than 0.01 rad/s.",
        )
    extra = real.value - sim.value
    finding = (
        f"the arm follows commands {in_ms(real)} late, the simulation {in_ms(sim)}, a difference "
        f"of {extra * 1e3:.1f} ms."
    )
    lates = [
        (figures["delay_s"], figures["sim_delay_s"])
        for figures in gap.joints.values()
        if "delay_s" in figures and "sim_delay_s" in figures
    ]
    if gap.training and worst(gap.training, DELAY):
        remedy = advice(gap.training, DELAY, "action_delay")
    elif extra > 0.001 and lates:
        least = min(one.value - other.value - _margin(one, other) for one, other in lates)
        most = max(one.value - other.value + _margin(one, other) for one, other in lates)
        remedy = (
            f"Train with an action_delay of {max(0.0, least) * 1e3:.0f} to {most * 1e3:.0f} ms, as "
            "the joints show, or let ros2 run rl_manip_gap identify write the ranges from this bag."
        )
    else:
        remedy = "Delay needs no change in training."
    return Challenge("Delay", finding, remedy, share_of_error(gap, "delay_m"))


def _margin(one: Figure, other: Figure) -> float:
    """What a delay's difference may be off, from its interval, and at least a control cycle [s]."""
    return max(common_half_width(one, other), _CYCLE)


def _gain(gap: Gap) -> Challenge:
    names, ratios = [], []
    for name, figures in gap.joints.items():
        if "gain" in figures and "sim_gain" in figures and _is_known(figures["gain"]):
            names.append(name)
            ratios.append(figures["gain"].value / max(figures["sim_gain"].value, 1e-9))
    if not ratios:
        return Challenge(
            "Velocity gain",
            "the joints moved too little to know it.",
            "Record a motion that moves every joint.",
        )
    farthest = max(range(len(ratios)), key=lambda index: abs(ratios[index] - 1.0))
    finding = (
        f"joint {names[farthest]} reaches {ratios[farthest]:.1%} of the velocity that it reaches "
        f"in simulation; the joints lie between {min(ratios):.1%} and {max(ratios):.1%}."
    )
    remedy = (
        f"Train with velocity_gain from {min(ratios + [1.0]) - 0.005:.3f} to "
        f"{max(ratios + [1.0]) + 0.005:.3f}."
    )
    if gap.training and worst(gap.training, GAIN):
        remedy = advice(gap.training, GAIN, "velocity_gain")
    return Challenge("Velocity gain", finding, remedy, share_of_error(gap, "gain_m"))


def _is_known(gain: Figure) -> bool:
    """Whether a gain is known well enough to train with."""
    return gain.half_width < _KNOWN_GAIN


def _rest(gap: Gap) -> Challenge:
    share = share_of_error(gap, "rest_m")
    rest, as_it_is = gap.budget["rest_m"], gap.tool["position_rmse_m"]
    finding = f"{in_mm(rest)} RMS remain when delay and gain are corrected."
    if rest.value > _WORSE * as_it_is.value:
        finding = f"{finding[:-1]}, more than as they are: these are not the cause."
    remedy = (
        "Little is left for friction, damping, armature and load to explain."
        if share < _SMALL
        else "Fit friction, damping and armature with ros2 run rl_manip_gap identify, and look "
        "for a payload that the model does not have."
    )
    return Challenge("Friction, servo and load", finding, remedy, share)


def _timing(gap: Gap) -> List[Challenge]:
    found = []
    for topic, figures in gap.timing.items():
        if figures and figures["dropouts"].value:
            found.append(
                Challenge(
                    f"Drop-outs of {topic}",
                    f"{_times(figures['dropouts'].value)} the next message came after more than "
                    "2.5 periods, the longest gap is "
                    f"{figures['longest_gap_s'].value * 1e3:.0f} ms at "
                    f"{figures['rate_hz'].value:.0f} Hz.",
                    "Train with sensor_dropout, and give the control processes real-time priority."
                    if topic == "states"
                    else "Look for a policy that was not active all the time, or for a late timer "
                    "in the policy or guard process.",
                )
            )
    return found


def _times(count: float) -> str:
    return "Once" if count == 1 else f"{count} times"


def _inputs(gap: Gap) -> List[Challenge]:
    return [
        Challenge(
            f"Input {name} outside its training range",
            f"{share.share_outside:.1%} of the recorded values lie outside what the policy saw in "
            f"training, element by element {', '.join(f'{s:.1%}' for s in share.per_element)}.",
            "Start and move inside the trained range, or train with a wider one.",
        )
        for name, share in gap.inputs.items()
        if share.share_outside > _FEW_INPUTS
    ]


def _goals(gap: Gap) -> List[Challenge]:
    if "sim" not in gap.goals or "real" not in gap.goals:
        return []
    real, sim = gap.goals["real"]["success_rate"], gap.goals["sim"]["success_rate"]
    if real.ci95 is None or sim.ci95 is None:
        return []
    pairs = gap.paired
    if pairs is None:
        apart = real.ci95[1] < sim.ci95[0] or sim.ci95[1] < real.ci95[0]
    else:
        apart = pairs.success.excludes_zero
    finding = (
        f"the arm met {real.value:.0%} of {gap.goals['real']['goals'].value} goals "
        f"({real.ci95[0]:.0%} to {real.ci95[1]:.0%}), the simulation {sim.value:.0%} "
        f"({sim.ci95[0]:.0%} to {sim.ci95[1]:.0%}) from the same starts"
        + ("." if pairs is None else f"; {pairs.sentence}")
    )
    remedy = (
        "The rates differ by more than chance: mend the largest cause above, then evaluate again."
        if apart
        else "The rates do not differ by more than chance; more goals would tell."
    )
    return [Challenge("Task", finding, remedy)]


def _clocks(gap: Gap) -> List[Challenge]:
    stamps = {"clock_steps", "wrong_stamps", "no_stamps"}
    return [
        Challenge(
            "Clocks",
            f"{one.count} of {one.kind.replace('_', ' ')} on {one.where}.",
            "Let one time service discipline all computers before recording.",
        )
        for one in gap.recording.irregularities
        if one.kind in stamps
    ]


def share_of_error(gap: Gap, name: str) -> float:
    """Share of the tool's squared error."""
    total = sum(figure.value**2 for figure in gap.budget.values())
    return gap.budget[name].value ** 2 / total if total > 0.0 else 0.0
