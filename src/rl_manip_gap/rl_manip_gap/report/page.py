"""Writes the gap of one bag: report.html, one self-contained page, and gap.json beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description import load_arm
from rl_manip_description.contract.whole_file import write_text
from rl_manip_description.model.own_kinematics import with_tool
from rl_manip_gap.compare.gap_json import gap_to_json, write_json
from rl_manip_gap.compare.measure import Gap, measure_gap
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.recording.topic_choice import BY_ARM, TopicChoice
from rl_manip_gap.replay.backend_twin import make_twin
from rl_manip_gap.report import tables
from rl_manip_gap.report.plots.drawing import ARM, GOAL, SIM
from rl_manip_gap.report.plots.gap_plots import draw
from rl_manip_gap.report.rendering import render_page
from rl_manip_gap.report.verdict import challenges, share_of_error, verdict
from rl_manip_gap.report.wording import in_mm, in_ms


@dataclass(frozen=True)
class GapReport:
    """A written report and its main figures."""

    report: Path
    json: Path
    tool_position_rmse_m: Optional[float]  # tool error of the replay [m]; None where withheld
    delay_s: Optional[float]  # median over the joints [s]; None where nothing followed
    verdict: Tuple[str, ...]  # three sentences


def write_report(
    bag: Path,
    out_dir: Path,
    arm: str = "ur5e",
    policy: Optional[Path] = None,
    window: float = 1.0,
    repeat: Optional[Path] = None,
    backend: str = "mujoco",
    topics: TopicChoice = BY_ARM,
) -> GapReport:
    """Measures the gap of a bag and writes report.html and gap.json into `out_dir`.

    Nothing is written before everything is measured.

    Args:
        bag: rosbag2 folder or file.
        out_dir: made where it does not exist.
        arm: name of the arm that was recorded.
        policy: ONNX file; reruns the recorded goals and compares inputs with training.
        window: time between re-synchronisations of the replay [s].
        repeat: another bag of the same arm in the same motion, for the floor of every error.
        backend: simulator that commands and goals are replayed in.
        topics: of the arm in the bags, where they are not those of its file.

    Raises:
        BagError, UnknownArmError, PolicyFileError, UnknownBackendError, BackendError: each with
            one sentence for the user.
    """
    description = load_arm(arm)
    loaded = load_policy(policy, description) if policy else None
    recorded = loaded.arm if loaded else description  # the policy says which gripper it carries
    recording = read_recording(Path(bag), recorded, topics)
    recorded = with_tool(recorded, recording.tool)
    twin = make_twin(recorded, backend)
    again = read_recording(Path(repeat), recorded, topics) if repeat else None
    gap = measure_gap(recording, recorded, twin, loaded, str(policy or ""), window, again)
    sentences = verdict(gap)
    page = render(gap)
    out_dir = Path(out_dir)
    report, figures = out_dir / "report.html", out_dir / "gap.json"
    write_text(report, page)
    write_json(figures, gap_to_json(gap, sentences))
    tool, delay = gap.tool.get("position_rmse_m"), gap.response.get("delay_s")
    return GapReport(
        report=report,
        json=figures,
        tool_position_rmse_m=tool.value if tool else None,
        delay_s=delay.value if delay else None,
        verdict=sentences,
    )


def render(gap: Gap) -> str:
    """The HTML page."""
    return render_page(
        "report",
        title=f"Sim-to-real gap of {gap.arm_name}",
        arm=gap.arm_name,
        facts=_facts(gap),
        verdict=verdict(gap),
        cards=_cards(gap),
        budget=_budget(gap),
        plots=draw(gap),
        colours={"arm": ARM, "sim": SIM, "goal": GOAL},
        tables={
            "joints": tables.joint_tables(gap),
            "timing": tables.timing_table(gap),
            "goals": tables.goals_table(gap),
            "inputs": tables.inputs_table(gap),
            "training": tables.training_table(gap),
            "irregularities": tables.irregularities_table(gap),
        },
        goals_note=_goals_note(gap),
        inputs_note=tables.inputs_note(gap),
        challenges=challenges(gap),
        withheld=gap.validity.findings,
        goals=len(gap.recording.goals.time) > 0,
        window=f"{gap.window_s:g}",
    )


def _facts(gap: Gap) -> str:
    facts = [
        f"Bag {gap.recording.bag}",
        f"{gap.recording.duration_s:.1f} s",
        f"{len(gap.recording.states.time)} joint states",
    ]
    if gap.recording.commands is not None:
        facts.append(f"{len(gap.recording.commands.time)} commands")
    facts.append(f"{len(gap.replayed.starts)} windows of {gap.window_s:g} s")
    facts.append(f"{gap.moving_s:.1f} s of motion")
    if gap.replayed.left_out:
        facts.append(f"{gap.replayed.left_out} windows left out")
    facts.append(f"replayed in {gap.backend}")
    if gap.policy:
        facts.append(f"policy {gap.policy}")
    if gap.recording.tool is not None:
        told = ", ".join(f"{number:g}" for number in gap.recording.tool)
        facts.append(f"tool at {told} (m, rad) on the flange, as the recording says")
    return " · ".join(facts)


def _cards(gap: Gap) -> List[Dict[str, str]]:
    tool, aligned = (found.get("position_rmse_m") for found in (gap.tool, gap.tool_aligned))
    delay, gain = gap.response.get("delay_s"), gap.response.get("gain")
    cards = [
        (in_mm(tool) if tool else "–", "tool error while it moves, RMS"),
        (in_mm(aligned) if aligned else "–", "with the delay corrected"),
    ]
    whole = gap.tool_whole.get("position_rmse_m")
    if whole and gap.moving_s < 0.98 * len(gap.replayed.starts) * gap.window_s:
        cards.insert(1, (in_mm(whole), "the same with standing"))
    if gap.floor:
        cards.append((in_mm(gap.floor.tool["position_rmse_m"]), "the arm against itself (floor)"))
    if gap.commands_recorded:
        cards.append((in_ms(delay) if delay else "–", "delay of the arm"))
        cards.append((gain.texts(1.0, 3)[0] if gain else "–", "velocity gain of the arm"))
    if "sim_delay_s" in gap.response:
        cards.append((in_ms(gap.response["sim_delay_s"]), "delay in simulation"))
    if "real" in gap.goals:
        met = gap.goals["real"]
        cards.append((f"{met['successes'].value} of {met['goals'].value}", "goals met by the arm"))
    return [{"value": value, "label": label} for value, label in cards]


def _budget(gap: Gap) -> List[Dict[str, Any]]:
    if not gap.commands_recorded or not any(figure.value for figure in gap.budget.values()):
        return []
    parts = (
        ("delay_m", "delay", ARM),
        ("gain_m", "gain", GOAL),
        ("rest_m", "friction, servo, load and noise", SIM),
    )
    return [
        {
            "name": name,
            "colour": colour,
            "percent": f"{100 * share_of_error(gap, key):.0f}",
            "value": in_mm(gap.budget[key]),
        }
        for key, name, colour in parts
    ]


def _goals_note(gap: Gap) -> str:
    note = (
        "A goal is met when it stays met for 0.2 s before the next goal: the tool near enough, "
        "turned as the goal where that counts, and slow enough, or, where the policy handles an "
        "object, the object."
    )
    if not gap.policy:
        note += " Give --policy to judge by its criterion and to rerun the goals in simulation."
    return note
