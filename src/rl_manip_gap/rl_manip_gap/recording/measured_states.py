"""Joint states of one arm among what a bag holds, on one time axis."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Optional, Tuple

import numpy as np

from rl_manip_description import Arm
from rl_manip_description.model.joint_order import prefixes
from rl_manip_gap.bags.irregularities import BagError, Irregularities
from rl_manip_gap.recording.bag_topics import Topic, seconds
from rl_manip_gap.recording.joint_names import joint_columns, listed, two_arms
from rl_manip_gap.recording.scene.gripper_and_object import names_only
from rl_manip_gap.recording.signals import JointStates
from rl_manip_gap.recording.time_base import TimeBase, build_time_base
from rl_manip_gap.recording.value_checks import isolated_states, possible_states, usable_efforts

_MOVED = 0.01  # a joint that covers more moved, whatever its velocity says [rad]


def arm_prefix(states: Topic, name: str, arm: Arm, chosen: Optional[str], bag: Path) -> str:
    """The text before the arm's joint names.

    Raises:
        BagError: joints of no arm of this kind, of several, or none with the prefix chosen.
    """
    there = {
        prefix for _, group in states.groups for prefix in prefixes(group.names, arm.joint_names)
    }
    if not there:
        if states.unreadable and not states.groups:
            raise BagError(
                f"No joint state in {bag} can be read: {name} holds {states.unreadable}; record "
                "or convert it as ROS 2 serialises messages by default."
            )
        raise BagError(
            f"No joint state in {bag} names all joints of {arm.name} "
            f"({', '.join(arm.joint_names)}): give the arm that was recorded with --arm."
        )
    if chosen is None and len(there) > 1:
        raise BagError(
            f"{name} in {bag} {two_arms(there)}: say which one with --prefix"
            + (' (--prefix "" for none).' if "" in there else ".")
        )
    if chosen is not None and chosen not in there:
        raise BagError(
            f"--prefix is {chosen!r}, but joints of {arm.name} in {bag} have {listed(there)} "
            "before their names: give one of these."
        )
    return there.pop() if chosen is None else chosen


def measured_states(
    states: Topic,
    name: str,
    prefix: str,
    start_ns: int,
    arm: Arm,
    noted: Irregularities,
    bag: Path,
) -> Tuple[JointStates, TimeBase]:
    """Joint states, and how to bring other topics onto their time axis.

    Args:
        states: the topic of joint states.
        name: its name.
        prefix: text before the arm's joint names.
        start_ns: what times count from [ns].
        arm: which arm.
        noted: receives what was irregular.
        bag: for sentences.

    Raises:
        BagError: fewer than two states can be used.
    """
    joints, count = arm.num_joints, states.count
    stamp_ns = np.zeros(count, dtype=np.int64)
    values = {key: np.full((count, joints), np.nan) for key in ("position", "velocity", "effort")}
    readable = np.zeros(count, dtype=bool)
    order_of_row = np.full(count, -1)
    orders: Dict[Tuple[str, ...], int] = {}
    for first, group in states.groups:
        rows = first + group.rows
        columns = joint_columns(group.names, arm.joint_names, prefix)
        if columns is None:
            if not names_only(group.names, arm.gripper):
                noted.add("other_joints", name, len(rows), "do not name all joints of this arm")
            continue
        fields = [k for k in values if group.width(k) == len(group.names)]
        if "position" not in fields:
            noted.add("malformed_messages", name, len(rows), "positions do not fit the names")
            continue
        for key in fields:
            values[key][rows] = group.values[key].reshape(len(rows), -1)[:, columns]
        stamp_ns[rows] = group.values["sec"].astype(np.int64) * 10**9 + group.values["nanosec"]
        order_of_row[rows] = orders.setdefault(group.names, len(orders))
        readable[rows] = True
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
        base = base.only(~isolated_states(values, usable[base.rows], base.time, name, arm, noted))
    kept = usable[base.rows]
    if len(kept) < 2:
        raise BagError(f"{bag} holds {len(kept)} usable joint states, at least 2 are needed.")
    with_effort = usable_efforts(values["effort"][kept], values["position"][kept], name, noted)
    if with_effort.any():
        base = base.only(with_effort)
        kept = usable[base.rows]
    position = values["position"][kept]
    endless = arm.limits.endless  # drivers report these joints within one turn
    position[:, endless] = np.unwrap(position[:, endless], axis=0)
    velocity = _told(values["velocity"][kept], position)
    detail = "velocities were differentiated from positions"
    noted.add("velocity_missing", name, np.isnan(velocity).any(axis=1), detail)
    velocity = with_slopes(velocity, position, base.time)
    corrected = base.corrected_receive(arrival, receive)[base.rows]
    return (
        JointStates(
            time=base.time,
            position=position,
            velocity=velocity,
            effort=values["effort"][kept] if with_effort.any() else None,
            segment=base.segment,
            receive_time=corrected,
        ),
        base,
    )


def with_slopes(velocity: np.ndarray, position: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Velocities (N, n) [rad/s], those that are NaN told by positions (N, n) [rad] over time."""
    missing = np.isnan(velocity)
    if not missing.any():
        return velocity
    return np.where(missing, np.gradient(position, time, axis=0), velocity)


def _told(velocity: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Velocities (N, n) [rad/s], NaN where a driver fills in zeros for a joint that moves."""
    filled = (velocity == 0.0).all(axis=0) & (np.ptp(position, axis=0) > _MOVED)
    return np.where(filled, np.nan, velocity)
