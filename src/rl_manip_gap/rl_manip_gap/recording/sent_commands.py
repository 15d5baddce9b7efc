"""Commands as the velocities that they ask for, whatever form they were sent in.

Velocities hold until the next command. A position asks for the velocity that leads there from the
position before within one period; a trajectory for its course until the next one replaces it.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional

import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.bags.cdr_batches import DecodedRows
from rl_manip_gap.bags.irregularities import Irregularities
from rl_manip_gap.recording.bag_topics import Topic
from rl_manip_gap.recording.joint_names import joint_columns
from rl_manip_gap.recording.signals import Commands, JointStates, along_lines, rows_in_order
from rl_manip_gap.recording.value_checks import isolated_commands, possible_commands
from rl_manip_ros.interfaces import FLOAT64_MULTI_ARRAY, JOINT_STATE, JOINT_TRAJECTORY

_LATE = 1.5  # periods after which a position that was asked for is taken as reached [1]
_MOMENT = 1e-6  # over which a trajectory's velocity is read off [s]
_STEP = 0.01  # a trajectory's course is told in velocities that hold so long [s]


class _Sent(NamedTuple):
    """Values of commands and which rows have them."""

    values: np.ndarray  # (N, n)
    readable: np.ndarray  # (N,) bool


def sent_commands(
    name: str,
    topic: Topic,
    time: np.ndarray,
    states: JointStates,
    arm: Arm,
    prefix: str,
    noted: Irregularities,
) -> Optional[Commands]:
    """Commands of a topic in the order of their times; None where none can be used.

    Args:
        name: of the topic.
        topic: its messages.
        time: (N,) when each was sent [s].
        states: measured, for what a position is told from a velocity by.
        arm: which arm.
        prefix: text before every joint name.
        noted: receives what was irregular.
    """
    if topic.type_name == JOINT_TRAJECTORY:
        return _of_trajectories(name, topic, time, states, arm, prefix, noted)
    sent = _values(name, topic, arm, prefix, noted)
    usable = sent.readable & possible_commands(sent.values, sent.readable, name, noted)
    kept = rows_in_order(usable & topic.trusted, time)
    time, values = time[kept], sent.values[kept]
    if topic.type_name == FLOAT64_MULTI_ARRAY and _are_positions(name, time, values, states):
        detail = "are positions: read as the velocities that lead from one to the next"
        noted.add("position_commands", name, len(kept), detail)
        commands = velocities_between(time, values)
    else:
        commands = Commands(time, values)
    if not topic.checked:
        lone = isolated_commands(commands.velocity, commands.time, name, arm, noted)
        commands = commands.only(~lone)
    return commands if len(commands.time) else None


def velocities_between(time: np.ndarray, position: np.ndarray) -> Commands:
    """The velocities that positions (N, n) [rad], sent at times (N,) [s], ask for.

    Each is to be reached within the usual period; where no next one comes then, the arm is to rest.
    """
    if len(time) < 2:
        return Commands(np.empty(0), np.empty((0, position.shape[1])))
    period = float(np.median(np.diff(time)))
    until_next = np.diff(np.append(time[1:], np.inf))
    waits = until_next > _LATE * period
    lasts = np.where(waits, period, np.maximum(until_next, 1e-6))
    velocity = np.diff(position, axis=0) / lasts[:, None]
    rests = (time[1:] + lasts)[waits]
    times = np.concatenate([time[1:], rests])
    order = np.argsort(times, kind="stable")
    velocities = np.concatenate([velocity, np.zeros((len(rests), position.shape[1]))])
    return Commands(times[order], velocities[order])


def _values(name: str, topic: Topic, arm: Arm, prefix: str, noted: Irregularities) -> _Sent:
    """Numbers in the arm's order: the guard's report has names, a controller's topic an order."""
    in_order = [arm.controller.joint_names.index(joint) for joint in arm.joint_names]
    sent = _Sent(np.full((topic.count, arm.num_joints), np.nan), np.zeros(topic.count, dtype=bool))
    named = topic.type_name == JOINT_STATE
    field = "velocity" if named else "data"
    for first, group in topic.groups:
        rows = first + group.rows
        columns = _columns(group, arm, prefix) if named else in_order
        if columns is None or group.width(field) != (len(group.names) if named else arm.num_joints):
            noted.add("wrong_length_commands", name, len(rows), f"not {arm.num_joints} numbers")
            continue
        sent.values[rows] = group.values[field].reshape(len(rows), -1)[:, columns]
        sent.readable[rows] = True
    return sent


def _columns(group: DecodedRows, arm: Arm, prefix: str) -> Optional[List[int]]:
    """Where the arm's joints stand; the guard names them without the driver's prefix."""
    found = joint_columns(group.names, arm.joint_names, prefix)
    return joint_columns(group.names, arm.joint_names, "") if found is None else found


def _are_positions(name: str, time: np.ndarray, values: np.ndarray, states: JointStates) -> bool:
    """Whether numbers are positions: by the topic's name, or because the arm is where they say."""
    if "velocity" in name or "position" in name or not len(time):
        return "position" in name and "velocity" not in name
    apart = [
        np.sqrt(np.mean((values - along_lines(states.time, measured, time)) ** 2))
        for measured in (states.position, states.velocity)
    ]
    return bool(apart[0] < apart[1])


def _of_trajectories(
    name: str,
    topic: Topic,
    time: np.ndarray,
    states: JointStates,
    arm: Arm,
    prefix: str,
    noted: Irregularities,
) -> Optional[Commands]:
    """The course of trajectories, each until the next replaces it, as mean velocities of steps."""
    courses: List[_Course] = []
    for first, group in topic.groups:
        columns = _columns(group, arm, prefix)
        found = [] if columns is None else _courses(group, columns, time[first + group.rows])
        detail = "do not name this arm's joints, or have no sound positions"
        noted.add("unusable_trajectories", name, len(group.rows) - len(found), detail)
        trusted = topic.trusted[first + group.rows]
        courses += [course for course in found if trusted[course.row]]
    if not courses:
        return None
    courses.sort(key=lambda course: course.start)
    ends = [course.start for course in courses[1:]] + [np.inf]
    at = along_lines(states.time, states.position, [courses[0].start])[0]
    speed = np.zeros(arm.num_joints)
    times, velocities = [], []
    for course, end in zip(courses, ends):
        course = course.begun(at, speed)
        until = min(end - course.start, float(course.after[-1]))
        edges = np.append(np.arange(0.0, until - 1e-9, _STEP), until)
        path = course.position_at(np.append(edges, until - _MOMENT))
        at, speed = path[-2], (path[-2] - path[-1]) / _MOMENT
        times.append(course.start + edges[:-1])
        velocities.append(np.diff(path[:-1], axis=0) / np.diff(edges)[:, None])
        if end > course.start + until:  # it came to its end and rests there
            speed = np.zeros(arm.num_joints)
            times.append(np.array([course.start + until]))
            velocities.append(speed[None])
    return Commands(np.concatenate(times), np.concatenate(velocities))


class _Course(NamedTuple):
    """One trajectory."""

    row: int  # among those of its layout
    start: float  # [s]
    after: np.ndarray  # (k,) of its points, from the start [s]
    position: np.ndarray  # (k, n) [rad]
    velocity: Optional[np.ndarray]  # (k, n) [rad/s], where it has them

    def begun(self, position: np.ndarray, velocity: np.ndarray) -> _Course:
        """The same from where the arm was sent before, (n,) each, unless it says so itself."""
        if self.after[0] <= 0.0:
            return self
        return self._replace(
            after=np.append(0.0, self.after),
            position=np.vstack([position, self.position]),
            velocity=None if self.velocity is None else np.vstack([velocity, self.velocity]),
        )

    def position_at(self, time: np.ndarray) -> np.ndarray:
        """Positions (m, n) at times (m,) from the start: on lines or, with velocities, cubics."""
        if self.velocity is None:
            return along_lines(self.after, self.position, time)
        cell = np.clip(np.searchsorted(self.after, time, "right") - 1, 0, len(self.after) - 2)
        length = (self.after[cell + 1] - self.after[cell])[:, None]
        s = (time - self.after[cell])[:, None] / length
        # Hermite's cubic through both ends with both slopes, as the controller goes
        return self.position[cell] + (
            s * s * (3.0 - 2.0 * s) * (self.position[cell + 1] - self.position[cell])
            + s * (1.0 - s) ** 2 * length * self.velocity[cell]
            - s * s * (1.0 - s) * length * self.velocity[cell + 1]
        )


def _courses(group: DecodedRows, columns: List[int], time: np.ndarray) -> List[_Course]:
    """The sound ones of trajectories of one layout, sent at times (k,) [s]."""
    points = sum(field.startswith("nanosec_") for field in group.values.dtype.names or ())
    joints = len(group.names)

    def of_points(field: str) -> Optional[np.ndarray]:
        """Values (k, points, n) of a field; None where a point has none."""
        if not points or any(group.width(f"{field}_{i}") != joints for i in range(points)):
            return None
        found = [group.values[f"{field}_{i}"].reshape(len(time), -1) for i in range(points)]
        return np.stack(found, axis=1)[:, :, columns]

    position, velocity = of_points("positions"), of_points("velocities")
    if position is None:
        return []
    after = np.stack(
        [group.values[f"sec_{i}"] + 1e-9 * group.values[f"nanosec_{i}"] for i in range(points)],
        axis=1,
    )
    sound = np.isfinite(position).all(axis=(1, 2)) & (after[:, 0] >= 0.0) & (after[:, -1] > 0.0)
    sound &= (np.diff(after, axis=1) > 0.0).all(axis=1)
    if velocity is not None:
        sound &= np.isfinite(velocity).all(axis=(1, 2))
    return [
        _Course(
            int(row),
            float(time[row]),
            after[row],
            position[row],
            None if velocity is None else velocity[row],
        )
        for row in np.flatnonzero(sound)
    ]
