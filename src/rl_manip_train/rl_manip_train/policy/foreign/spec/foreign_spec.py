"""A spec that was read: what each slice of an observation is, and what the network says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

import numpy as np

from rl_manip_description import Arm
from rl_manip_train.policy.foreign.spec.reference_frames import Frame

BASE, TOOL = "base", "tool"
"""Frames that every network may know."""


@dataclass(frozen=True)
class Shaping:
    """clip, then times scale, then plus offset, then clip_scaled; each (w,) or a span."""

    clip: Optional[Tuple[float, float]]
    scale: Tuple[float, ...]
    offset: Tuple[float, ...]
    clip_scaled: Optional[Tuple[float, float]]


@dataclass(frozen=True)
class Slice:
    """One part of an observation."""

    name: str
    width: int
    per_unit: float  # of the unit that is wanted, in one of ours
    joints: Tuple[int, ...]  # indices into the arm's joints, in the network's order
    frame: str
    form: str  # of an orientation
    positive: str  # element of a quaternion that is not below 0
    values: Tuple[float, ...]  # of a constant
    history: int  # newest values, >= 1
    shaping: Shaping
    path: str  # where it stands in the spec


@dataclass(frozen=True)
class ObservedInput:
    """An input of the network: slices side by side."""

    name: Optional[str]  # in the file; None for the only one that there is
    slices: Tuple[Slice, ...]

    @property
    def width(self) -> int:
        """d, with all steps of its history."""
        return sum(one.width * one.history for one in self.slices)


@dataclass(frozen=True)
class History:
    """How several observations stand in one."""

    newest_first: bool
    by_step: bool  # whole observations side by side; else each slice's own
    repeats_first: bool  # before the second step the first fills it; else zeros


@dataclass(frozen=True)
class Action:
    """What the network's output means."""

    kind: str
    width: int
    per_unit: float
    frame: str
    keep_orientation: bool  # three elements do not turn the tool; else they may
    reach_in: float  # in which a position is to be reached [s]
    shaping: Shaping


@dataclass(frozen=True)
class NetworkNames:
    """Tensors of the file beside those that are observed."""

    action: Optional[str]  # None for the only one that there is
    states: Dict[str, str]  # {input: output} that is the next call's input


@dataclass(frozen=True)
class ForeignSpec:
    """A whole spec."""

    arm: Arm
    task: str
    source: str
    control_dt: float  # [s]
    joints: Tuple[int, ...]  # indices into the arm's joints, in the network's order
    default_position: Tuple[float, ...]  # arm's order [rad]
    joint_spread: Optional[Tuple[float, ...]]  # how far from it training had the joints [rad]
    velocity_limit: Optional[Tuple[float, ...]]  # arm's order [rad/s]
    frames: Dict[str, Frame]
    tool: Frame  # theirs in ours
    network: NetworkNames
    inputs: Tuple[ObservedInput, ...]
    history: History
    normalizer: Any  # see ``normalizer.read_normalizer``
    action: Action
    randomization: str
    text: str  # of its file, and what a bundle said of the rest, as comments
    notes: Tuple[str, ...] = ()  # what to tell the person who imports it

    @property
    def joint_range(self) -> Optional[Tuple[np.ndarray, np.ndarray]]:
        """Lowest and highest joint positions in training (n,) [rad]; None where it is not said."""
        if self.joint_spread is None:
            return None
        middle, spread = np.array(self.default_position), np.array(self.joint_spread)
        return middle - spread, middle + spread

    @property
    def observation(self) -> Tuple[Slice, ...]:
        """Slices of all inputs."""
        return tuple(one for given in self.inputs for one in given.slices)
