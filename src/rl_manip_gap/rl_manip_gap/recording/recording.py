"""A bag as arrays by joint name on one time axis."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.bags.cdr_layouts import DecodedRows
from rl_manip_gap.bags.irregularities import BagError, Irregularities, Irregularity
from rl_manip_gap.recording.bag_topics import (
    GOAL_TOPIC,
    OBJECT_TOPIC,
    Topic,
    check_receive_times,
    read_topics,
    seconds,
)
from rl_manip_gap.recording.gripper_and_object import (
    Readings,
    gripper_openings,
    names_only,
    object_poses,
    speed_scaling,
)
from rl_manip_gap.recording.signals import Commands, Goals, JointStates, TimeSpan, rows_in_order
from rl_manip_gap.recording.time_base import TimeBase, build_time_base
from rl_manip_gap.recording.value_checks import (
    isolated_commands,
    isolated_states,
    possible_commands,
    possible_goals,
    possible_states,
    usable_efforts,
)
from rl_manip_ros.interfaces import GUARD_SENT, JOINT_STATE, SPEED_SCALING

_MOVED = 0.01  # a joint that covers more moved, whatever its velocity says [rad]


@dataclass(frozen=True)
class Recording:
    """What one bag holds about one arm."""

    bag: str
    joint_names: Tuple[str, ...]  # order of every vector here
    states: JointStates
    commands: Optional[Commands]  # None where the bag holds none
    goals: Goals
    stopped: Tuple[TimeSpan, ...]  # in which the robot program was not running
    irregularities: Tuple[Irregularity, ...]
    gripper_and_object: Dict[str, Readings] = field(default_factory=dict)
    """Policy inputs of gripper and object that were recorded, by name."""
    speed_scaling: Optional[Readings] = None
    """Share of full speed that the robot allowed (K, 1) [%]; None where it was not recorded."""

    @property
    def duration_s(self) -> float:
        """From the first to the last joint state [s]."""
        return float(self.states.time.max() - self.states.time.min())

    @property
    def sent(self) -> Commands:
        """The commands, for what cannot do without.

        Raises:
            BagError: the bag holds none.
        """
        if self.commands is None:
            raise BagError(f"{self.bag} holds no commands: record the topic that they are sent on.")
        return self.commands


def between(recording: Recording, start: float, end: float) -> Recording:
    """The part of a recording with joint states in [start, end) [s]; commands before it stay."""
    states, commands, goals = recording.states, recording.commands, recording.goals
    return replace(
        recording,
        states=states.only((states.time >= start) & (states.time < end)),
        commands=commands and commands.only(commands.time < end),
        goals=goals.only((goals.time >= start) & (goals.time < end)),
    )


def read_recording(bag: Path, arm: Arm) -> Recording:
    """Reads a bag of `arm`, by joint name.

    Raises:
        BagError: no bag there, nothing readable in it, or no joint states of this arm.
    """
    noted = Irregularities()
    topics = read_topics(Path(bag), arm, noted)
    state_topic = arm.controller.joint_state_topic
    states = topics.get(state_topic)
    if states is None or states.count == 0:
        found = ", ".join(sorted(topics)) or "nothing"
        raise BagError(
            f"{bag} holds no joint states: expected sensor_msgs/msg/JointState on {state_topic}, "
            f"found {found}; record that topic too."
        )
    start_ns = check_receive_times(topics, noted)
    joint_states, base = _joint_states(states, start_ns, arm, noted, bag)

    def times(topic: Topic) -> np.ndarray:
        return base.corrected_receive(topic.arrival, topic.receive(start_ns))

    sent = topics.get(GUARD_SENT.resolved()) or topics.get(arm.controller.command_topic)
    goals = topics.get(GOAL_TOPIC)
    running = topics.get(arm.controller.program_running_topic)
    scaling = topics.get(SPEED_SCALING.resolved())
    end = float(joint_states.time.max())
    return Recording(
        bag=str(bag),
        joint_names=arm.joint_names,
        states=joint_states,
        commands=_commands(sent, times(sent), arm, noted) if sent else None,
        goals=(
            _goals(goals, times(goals), arm, noted)
            if goals
            else Goals(np.empty(0), np.empty((0, 7)))
        ),
        stopped=_stopped(running, times(running), end) if running else (),
        irregularities=noted.listed(),
        gripper_and_object=_gripper_and_object(topics, arm, times),
        speed_scaling=speed_scaling(scaling, times(scaling)) if scaling else None,
    )


def _gripper_and_object(
    topics: Dict[str, Topic], arm: Arm, times: Callable[[Topic], np.ndarray]
) -> Dict[str, Readings]:
    found: Dict[str, Readings] = {}
    if OBJECT_TOPIC in topics:
        seen = topics[OBJECT_TOPIC]
        found.update(object_poses(seen, times(seen)))
    if arm.gripper is not None:
        states = topics[arm.controller.joint_state_topic]
        found.update(gripper_openings(states, times(states), arm.gripper))
    return found


def _joint_states(
    states: Topic, start_ns: int, arm: Arm, noted: Irregularities, bag: Path
) -> Tuple[JointStates, TimeBase]:
    name = arm.controller.joint_state_topic
    joints = arm.num_joints
    count = states.count
    stamp_ns = np.zeros(count, dtype=np.int64)
    values = {key: np.full((count, joints), np.nan) for key in ("position", "velocity", "effort")}
    readable = np.zeros(count, dtype=bool)
    order_of_row = np.full(count, -1)
    orders: Dict[Tuple[str, ...], int] = {}
    for first, group in states.groups:
        rows = first + group.rows
        columns = joint_columns(group.names, arm.joint_names)
        if columns is None:
            if not names_only(group.names, arm.gripper):
                noted.add("other_joints", name, len(rows), "do not name all joints of this arm")
            continue
        fields = [k for k in values if _width(group, k) == len(group.names)]
        if "position" not in fields:
            noted.add("malformed_messages", name, len(rows), "positions do not fit the names")
            continue
        for key in fields:
            values[key][rows] = group.values[key].reshape(len(rows), -1)[:, columns]
        stamp_ns[rows] = group.values["sec"].astype(np.int64) * 10**9 + group.values["nanosec"]
        order_of_row[rows] = orders.setdefault(group.names, len(orders))
        readable[rows] = True
    if not readable.any():
        raise BagError(
            f"No joint state in {bag} names all joints of {arm.name} "
            f"({', '.join(arm.joint_names)}): give the arm that was recorded with --arm."
        )
    orders_seen = order_of_row[readable]
    noted.add("joint_order_changes", name, np.diff(orders_seen) != 0, "read by name anyway")
    readable &= states.trusted
    usable = np.flatnonzero(readable & possible_states(values, readable, name, noted))
    if len(usable) < 2:
        raise BagError(f"{bag} holds {len(usable)} usable joint states, at least 2 are needed.")
    arrival, receive = states.arrival[usable], states.receive(start_ns)[usable]
    stamp = seconds(stamp_ns[usable], int(stamp_ns[usable].min()))
    base = build_time_base(arrival, receive, stamp, name, noted)
    if not states.checked:
        base = base.only(~isolated_states(values, usable[base.rows], base.time, arm, noted))
    kept = usable[base.rows]
    if len(kept) < 2:
        raise BagError(f"{bag} holds {len(kept)} usable joint states, at least 2 are needed.")
    with_effort = usable_efforts(values["effort"][kept], values["position"][kept], name, noted)
    if with_effort.any():
        base = base.only(with_effort)
        kept = usable[base.rows]
    endless = arm.limits.endless
    values["position"][:, endless] = _unwrapped(values["position"][:, endless], kept)
    velocity = _told(values["velocity"][kept], values["position"][kept])
    if np.isnan(velocity).any():
        noted.add(
            "velocity_missing",
            name,
            int(np.isnan(velocity).any(axis=1).sum()),
            "velocities were differentiated from positions",
        )
        slope = np.gradient(values["position"][kept], base.time, axis=0)
        velocity = np.where(np.isnan(velocity), slope, velocity)
    corrected = base.corrected_receive(arrival, receive)[base.rows]
    return (
        JointStates(
            time=base.time,
            position=values["position"][kept],
            velocity=velocity,
            effort=values["effort"][kept] if with_effort.any() else None,
            segment=base.segment,
            receive_time=corrected,
        ),
        base,
    )


def _unwrapped(position: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Positions (N, k) [rad] of endless joints, which drivers report within one turn, as they went
    on from one of the kept rows to the next."""
    position[kept] = np.unwrap(position[kept], axis=0)
    return position


def _told(velocity: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Velocities (N, n) [rad/s], NaN where a driver fills in zeros for a joint that moves."""
    filled = (velocity == 0.0).all(axis=0) & (np.ptp(position, axis=0) > _MOVED)
    return np.where(filled, np.nan, velocity)


def joint_columns(names: Sequence[str], joint_names: Sequence[str]) -> Optional[List[int]]:
    """Where each joint stands among names, which may all carry one prefix; None where one is not.

    The driver's `tf_prefix` puts the same text before every joint name.
    """
    first = [name for name in names if name.endswith(joint_names[0])]
    for prefix in sorted(name[: -len(joint_names[0])] for name in first):
        if all(prefix + joint in names for joint in joint_names):
            return [names.index(prefix + joint) for joint in joint_names]
    return None


def _width(group: DecodedRows, field: str) -> int:
    names = group.values.dtype.names or ()
    return int(np.prod(group.values.dtype[field].shape)) if field in names else 0


def _commands(
    topic: Topic, time: np.ndarray, arm: Arm, noted: Irregularities
) -> Optional[Commands]:
    name = arm.controller.command_topic
    columns = [arm.controller.joint_names.index(joint) for joint in arm.joint_names]
    velocity = np.full((topic.count, arm.num_joints), np.nan)
    readable = np.zeros(topic.count, dtype=bool)
    for first, group in topic.groups:
        rows = first + group.rows
        # the guard's report has names; the controller's topic has an order
        named = topic.type_name == JOINT_STATE
        field = "velocity" if named else "data"
        found = joint_columns(group.names, arm.joint_names) if named else columns
        if found is None or _width(group, field) != arm.num_joints:
            noted.add("wrong_length_commands", name, len(rows), f"not {arm.num_joints} numbers")
            continue
        velocity[rows] = group.values[field].reshape(len(rows), -1)[:, found]
        readable[rows] = True
    usable = readable & possible_commands(velocity, readable, name, noted) & topic.trusted
    kept = rows_in_order(usable, time)
    if not topic.checked:
        kept = kept[~isolated_commands(velocity[kept], time[kept], arm, noted)]
    return Commands(time[kept], velocity[kept]) if len(kept) else None


def _goals(topic: Topic, time: np.ndarray, arm: Arm, noted: Irregularities) -> Goals:
    pose, elsewhere = topic.poses(), np.zeros(topic.count, dtype=bool)
    for first, group in topic.groups:
        frame = group.names[0] if group.names else ""
        # a driver's prefix may stand before the name, and a sender may leave it empty
        if frame and not frame.endswith(arm.base_frame):
            detail = f"left out: in {frame}, expected {arm.base_frame}"
            noted.add("goals_in_another_frame", GOAL_TOPIC, len(group.rows), detail)
            elsewhere[first + group.rows] = True
    topic.trusted &= ~elsewhere
    kept = rows_in_order(possible_goals(pose, GOAL_TOPIC, noted) & topic.trusted, time)
    new = np.ones(len(kept), dtype=bool)
    new[1:] = (np.diff(pose[kept], axis=0) != 0.0).any(axis=1)
    return Goals(time, pose).only(kept[new])


def _stopped(topic: Topic, time: np.ndarray, end: float) -> Tuple[TimeSpan, ...]:
    """Spans in which the robot program was reported as not running."""
    running = np.ones(topic.count, dtype=bool)
    for first, group in topic.groups:
        running[first + group.rows] = group.values["data"] != 0
    running, time = running[topic.trusted], time[topic.trusted]
    until = np.maximum(np.append(time[1:], end), time)
    return tuple(map(TimeSpan, time[~running], until[~running]))
