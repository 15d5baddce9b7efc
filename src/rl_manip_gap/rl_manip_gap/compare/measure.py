"""From a recording to all figures of the gap, and the traces that the report draws."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Dict, List, Optional, Tuple

import numpy as np

from rl_manip_deploy.evaluation.goal_judge import GoalResult
from rl_manip_deploy.policy.policy_file import Policy
from rl_manip_description import Arm, ToolPose
from rl_manip_description.contract.policy_contract import SuccessCriterion
from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.compare.closed_loop import rerun
from rl_manip_gap.compare.goal_outcomes import arm_outcomes, goal_spans
from rl_manip_gap.compare.moving_time import moving
from rl_manip_gap.compare.pair import Pair, measure_pair
from rl_manip_gap.compare.paired_goals import PairedGoals, paired_goals
from rl_manip_gap.compare.policy_inputs import (
    InputRange,
    ObservationGap,
    input_ranges,
    observation_gap,
)
from rl_manip_gap.compare.training_ranges import Beside, response_beside_training
from rl_manip_gap.metrics import correction
from rl_manip_gap.metrics.figures import (
    Figures,
    ToolErrors,
    goal_figures,
    joint_figures,
    path_direction,
    pose_errors,
    recorded_timing,
    tool_figures,
    tool_poses,
)
from rl_manip_gap.metrics.frequency_response import FrequencyResponse, frequency_responses
from rl_manip_gap.metrics.intervals import blocks
from rl_manip_gap.metrics.response import JointResponse, joint_responses, overall_response
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.recording.signals import (
    LONGEST_PAUSE,
    Commands,
    JointStates,
    TimeSpan,
    pauses,
)
from rl_manip_gap.replay.open_loop import Replay, replay
from rl_manip_gap.replay.twin import ReplayTwin
from rl_manip_gap.validity.judgement import Validity, judge
from rl_manip_gap.validity.withheld import Withheld, left

_SETTLE = 0.15  # after a re-synchronisation the simulation still shows the arm's own delay [s]


@dataclass(frozen=True)
class Gap:
    """The gap between a recording and the simulation."""

    recording: Recording
    arm_name: str
    backend: str  # simulator that the recording was replayed in
    policy: str  # path, empty without one
    window_s: float
    commands_recorded: bool  # False: measured velocity stood in for commands
    commands: Commands
    validity: Validity  # whether the arm followed; what it withholds is not among the figures
    joints: Dict[str, Figures]
    joints_aligned: Dict[str, Figures]
    tool: Figures  # while the arm moves, as are all errors but the next
    tool_whole: Figures  # with the time in which it stands
    tool_aligned: Figures
    tool_scaled: Figures  # with delay and gain corrected
    budget: Figures  # what the tool's error comes from
    moving_s: float  # time in which errors are counted [s]
    lead_s: float  # by how much stand-ins for commands lead, the simulation's own lag [s]
    response: Figures  # over all joints
    frequency: List[Optional[FrequencyResponse]]  # of the arm's joints; None where not excited
    sim_frequency: List[Optional[FrequencyResponse]]  # the simulation's
    timing: Dict[str, Figures]
    goals: Dict[str, Figures]  # "real" and, with a policy, "sim"; empty without goals
    outcomes: Dict[str, List[GoalResult]]  # goal by goal, the same keys
    inputs: Dict[str, InputRange]
    observations: Optional[ObservationGap]  # None without a policy
    training: List[Beside]  # the arm in the policy's trained ranges; empty without a policy
    floor: Optional[Pair]  # the arm against itself; None without a second recording
    replayed: Replay
    aligned: Replay  # with each joint's delay corrected
    scaled: Replay  # and its gain
    tool_errors: ToolErrors
    tool_errors_aligned: ToolErrors
    tool_errors_scaled: ToolErrors
    arm_path: np.ndarray  # (k, 3) the tool's, at the rows of `replayed` [m]
    sim_path: np.ndarray  # (k, 3) the replay's [m]
    closed_loop_paths: List[np.ndarray]  # (m, 3) each, one per goal [m]

    @cached_property
    def paired(self) -> Optional[PairedGoals]:
        """Arm minus simulation, goal by goal; None where the goals are not the same."""
        return paired_goals(self.outcomes["real"], self.outcomes["sim"])


def measure_gap(
    recording: Recording,
    arm: Arm,
    twin: ReplayTwin,
    policy: Optional[Policy] = None,
    policy_path: str = "",
    window: float = 1.0,
    repeat: Optional[Recording] = None,
) -> Gap:
    """Measures everything that the recording allows.

    Args:
        recording: of this arm.
        arm: which arm, with the tool that goals are judged by.
        twin: its simulation.
        policy: reruns the recorded goals; its training ranges are compared with what was recorded.
        policy_path: for the report.
        window: time between re-synchronisations of the replay [s].
        repeat: the same arm in the same motion once more: the floor of every error.

    Raises:
        BagError: the recording is too short or too broken to replay a single window, or `repeat`
            is no recording of the same motion.
    """
    states, commands = recording.states, recording.commands
    recorded, names = commands is not None, recording.joint_names
    if commands is None:
        commands = Commands(states.time, states.velocity)
    window = min(window, recording.duration_s)

    def replayed(shift: Optional[np.ndarray] = None, scale: Optional[np.ndarray] = None) -> Replay:
        return replay(twin, states, commands, window, recording.stopped, shift, scale)

    lead = 0.0 if recorded else _own_lag(states, commands, replayed())
    first = replayed(np.full(len(names), -lead))
    if len(first.rows) == 0:
        raise BagError(
            f"{recording.bag} has no {window:g} s of joint states without a pause after the first "
            f"command ({recording.duration_s:.2f} s recorded): record longer, or give a shorter "
            "--window."
        )
    validity = judge(recording)
    withheld = Withheld(validity)
    measured, simulated = _responses(recording, first)
    late, scaled = (
        [None if figure in withheld.of_joint(name) else one for name, one in zip(names, measured)]
        for figure in ("delay_s", "gain")
    )
    shift = np.array([correction.shift(real, sim) for real, sim in zip(late, simulated)])
    second = replayed(shift) if shift.any() else first
    scale = np.array([correction.scale(real, sim) for real, sim in zip(scaled, simulated)])
    third = replayed(shift, scale)
    arm_poses = tool_poses(arm, states.position)
    sim_poses = tool_poses(arm, first.position)
    errors = pose_errors(_rows(arm_poses, first.rows), sim_poses)
    errors_aligned, errors_scaled = (
        pose_errors(_rows(arm_poses, run.rows), tool_poses(arm, run.position))
        for run in (second, third)
    )
    moves = moving(states, commands)
    direction = path_direction(states.time, arm_poses.position)
    tool, tool_aligned, tool_scaled = (
        tool_figures(
            error.at(moves[run.rows]),
            blocks(run.window[moves[run.rows]]),
            direction[run.rows][moves[run.rows]],
        )
        for error, run in ((errors, first), (errors_aligned, second), (errors_scaled, third))
    )
    joints = _joint_figures(recording, first, moves)
    for index, name in enumerate(names):
        joints[name].update(_response_figures(measured[index], simulated[index]))
    joints = {name: left(found, withheld.of_joint(name)) for name, found in joints.items()}
    ranges = policy.metadata.randomization if policy else {}
    budget = correction.budget(
        *(figures["position_rmse_m"].value for figures in (tool, tool_aligned, tool_scaled))
    )
    spans = goal_spans(recording)
    about_object = policy is not None and policy.reads_object
    criterion = policy.metadata.success if policy else SuccessCriterion()
    closed_loop = rerun(arm, policy, recording, spans, twin.backend) if policy else None
    outcomes = {
        "real": arm_outcomes(recording, arm, spans, criterion, about_object),
        "sim": closed_loop.outcomes if closed_loop else [],
    }
    return Gap(
        recording=recording,
        arm_name=arm.name,
        backend=twin.backend,
        policy=policy_path,
        window_s=window,
        commands_recorded=recorded,
        commands=commands,
        validity=validity,
        joints=joints,
        joints_aligned={
            name: left(found, withheld.of_aligned_joint(name))
            for name, found in _joint_figures(recording, second, moves).items()
        },
        tool=left(tool, withheld.of_tool()),
        tool_whole=left(tool_figures(errors, first.window), withheld.of_tool()),
        tool_aligned=left(tool_aligned, withheld.of_aligned_tool()),
        tool_scaled=left(tool_scaled, withheld.of_scaled_tool()),
        budget=left(budget, withheld.of_budget()),
        moving_s=float(moves[first.rows].mean()) * len(first.starts) * window,
        lead_s=lead,
        response={
            **_only("delay_s", overall_response(late)),
            **_only("gain", overall_response(scaled)),
            **{f"sim_{name}": figure for name, figure in overall_response(simulated).items()},
        },
        frequency=_over_frequency(recording, states.time, states.velocity),
        sim_frequency=_over_frequency(recording, *_once(states, first)),
        timing=recorded_timing(recording),
        goals={where: goal_figures(found) for where, found in outcomes.items() if found},
        outcomes=outcomes,
        inputs=input_ranges(recording, policy, arm) if policy else {},
        observations=observation_gap(policy, recording, first, spans, arm) if policy else None,
        training=response_beside_training(joints, ranges) if policy else [],
        floor=measure_pair(recording, repeat, arm, window) if repeat else None,
        replayed=first,
        aligned=second,
        scaled=third,
        tool_errors=errors,
        tool_errors_aligned=errors_aligned,
        tool_errors_scaled=errors_scaled,
        arm_path=arm_poses.position[first.rows],
        sim_path=sim_poses.position,
        closed_loop_paths=closed_loop.tool_paths if closed_loop else [],
    )


def _rows(poses: ToolPose, rows: np.ndarray) -> ToolPose:
    return ToolPose(poses.position[rows], poses.quaternion[rows])


def _responses(
    recording: Recording, run: Replay
) -> Tuple[List[Optional[JointResponse]], List[Optional[JointResponse]]]:
    """Responses of the arm's and of the simulation's joints; None where no commands are known."""
    states, commands, stopped = recording.states, recording.commands, recording.stopped
    if commands is None:
        unknown: List[Optional[JointResponse]] = [None] * len(recording.joint_names)
        return unknown, unknown
    settling = tuple(TimeSpan(start, start + _SETTLE) for start in run.starts)
    return (
        joint_responses(commands, states.time, states.velocity, stopped),
        joint_responses(commands, *_once(states, run), stopped + settling),
    )


def _once(states: JointStates, run: Replay) -> Tuple[np.ndarray, np.ndarray]:
    """Times (k,) [s] and velocities (k, n) [rad/s] of a replay, no time twice."""
    time, once = np.unique(states.time[run.rows], return_index=True)
    return time, run.velocity[once]


def _over_frequency(
    recording: Recording, time: np.ndarray, velocity: np.ndarray
) -> List[Optional[FrequencyResponse]]:
    """Of the joints in a motion (k, n) under the recorded commands; None without commands."""
    if recording.commands is None:
        return [None] * len(recording.joint_names)
    left_out = (*recording.stopped, *recording.states.pauses, *pauses(time, LONGEST_PAUSE))
    return frequency_responses(recording.commands, time, velocity, left_out)


def _only(name: str, figures: Figures) -> Figures:
    return {name: figures[name]} if name in figures else {}


def _joint_figures(recording: Recording, run: Replay, moves: np.ndarray) -> Dict[str, Figures]:
    kept = moves[run.rows]
    rows, block = run.rows[kept], blocks(run.window[kept])
    position = recording.states.position[rows] - run.position[kept]
    velocity = recording.states.velocity[rows] - run.velocity[kept]
    return joint_figures(recording.joint_names, position, velocity, block)


def _own_lag(states: JointStates, commands: Commands, run: Replay) -> float:
    """How late the simulation follows what stands in for commands: no fault of the arm's [s]."""
    if len(run.rows) == 0:
        return 0.0
    settling = [TimeSpan(start, start + _SETTLE) for start in run.starts]
    found = overall_response(joint_responses(commands, *_once(states, run), settling))
    return found["delay_s"].value if "delay_s" in found else 0.0


def _response_figures(real: Optional[JointResponse], sim: Optional[JointResponse]) -> Figures:
    figures: Figures = {}
    if real is not None:
        figures.update(delay_s=real.delay_s, gain=real.gain, offset_rad_s=real.offset_rad_s)
    if sim is not None:
        figures.update(sim_delay_s=sim.delay_s, sim_gain=sim.gain)
    return figures
