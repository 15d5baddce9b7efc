"""The observation of a foreign network, computed from what a policy file of ours is given."""

from __future__ import annotations

from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import torch
from torch import Tensor, nn

from rl_manip_train.graph.tool_jacobian import ToolJacobian, cross, rotation_of
from rl_manip_train.policy.foreign.orientation_forms import (
    in_form,
    relative_to,
    turned_by,
    turned_into,
)
from rl_manip_train.policy.foreign.spec.foreign_spec import (
    BASE,
    TOOL,
    ForeignSpec,
    History,
    Shaping,
    Slice,
)


class Situation(NamedTuple):
    """What there is to observe, in our units and the base frame; the tool is theirs."""

    joint_position: Tensor  # (N, n) [rad]
    joint_velocity: Tensor  # (N, n) [rad/s]
    tool_position: Tensor  # (N, 3) [m]
    tool_rotation: Tensor  # (N, 3, 3)
    tool_velocity: Tensor  # (N, 6) linear [m/s], angular [rad/s]
    goal_position: Optional[Tensor]  # (N, 3) [m]
    goal_rotation: Optional[Tensor]  # (N, 3, 3)
    last_action: Tensor  # (N, a)


class Shaped(nn.Module):
    """Clips, scales, shifts and clips values (N, w) as the spec says."""

    def __init__(self, shaping: Shaping) -> None:
        super().__init__()
        self._clip, self._clip_scaled = shaping.clip, shaping.clip_scaled
        for name in ("scale", "offset"):
            value = torch.tensor(getattr(shaping, name), dtype=torch.float32)
            self.register_buffer(name, value, persistent=False)

    def clipped(self, value: Tensor) -> Tensor:
        """After the first of both clips."""
        return value if self._clip is None else value.clamp(*self._clip)

    def forward(self, value: Tensor) -> Tensor:
        """(N, w)."""
        value = self.clipped(value) * self.scale + self.offset
        return value if self._clip_scaled is None else value.clamp(*self._clip_scaled)


class ForeignSituation(nn.Module):
    """From raw inputs to the situation, with the network's own idea of the tool.

    Args:
      spec: whose arm and tool.
      inputs: names of the raw inputs, in order.
    """

    def __init__(self, spec: ForeignSpec, inputs: Tuple[str, ...]) -> None:
        super().__init__()
        self._inputs = inputs
        self._kinematics = ToolJacobian(spec.arm.chain)
        self._moved, self._turned = spec.tool.is_moved, spec.tool.is_turned
        self.register_buffer("_offset", _row(spec.tool.position), persistent=False)
        self.register_buffer("_turn", _row(spec.tool.rotation), persistent=False)

    def forward(self, raw: Tuple[Tensor, ...], last_action: Tensor) -> Situation:
        """See ``Situation``."""
        given: Dict[str, Tensor] = dict(zip(self._inputs, raw))
        position, velocity = given["joint_position"], given["joint_velocity"]
        tool = self._kinematics(position)
        twist = (tool.jacobian * velocity[:, None, :]).sum(dim=2)
        goal, turn = given.get("goal_position"), given.get("goal_orientation")
        goal_rotation = None if turn is None else rotation_of(turn)
        place, rotation = tool.position, tool.rotation
        if self._moved:
            lever = turned_by(rotation, self._offset)
            place = place + lever
            linear, angular = twist.split(3, 1)
            twist = torch.cat((linear + cross(angular, lever), angular), dim=1)
            goal = goal + turned_by(goal_rotation, self._offset)
        if self._turned:
            rotation = _product(rotation, self._turn)
            goal_rotation = None if goal_rotation is None else _product(goal_rotation, self._turn)
        return Situation(
            position, velocity, place, rotation, twist, goal, goal_rotation, last_action
        )


class SliceValue(nn.Module):
    """One slice of the observation.

    Args:
      one: which.
      spec: whose.
    """

    def __init__(self, one: Slice, spec: ForeignSpec) -> None:
        super().__init__()
        self.name, self._per_unit = one.name, one.per_unit
        self._form, self._positive = one.form, one.positive
        self._joints = list(one.joints)
        self._in_tool, self._in_base = one.frame == TOOL, one.frame == BASE
        frame = spec.frames.get(one.frame, spec.tool)
        lower, upper = spec.arm.limits.one_turn
        for name, value in {
            "_origin": frame.position,
            "_axes": frame.rotation,
            "_default": np.array(spec.default_position),
            "_middle": (lower + upper) / 2.0,
            "_half": (upper - lower) / 2.0,
            "_values": np.array(one.values),
        }.items():
            self.register_buffer(name, _row(value), persistent=False)
        self._shaped = Shaped(one.shaping)

    def forward(self, now: Situation) -> Tensor:
        """(N, w)."""
        value = _COMPUTED[self.name](self, now)
        if self._per_unit != 1.0:
            value = value * self._per_unit
        return self._shaped(value)

    def chosen(self, value: Tensor) -> Tensor:
        """Of (N, n) in the arm's order those joints that the slice has, in its order."""
        if self._joints == list(range(value.shape[1])):
            return value
        return torch.cat([value[:, joint : joint + 1] for joint in self._joints], dim=1)

    def point(self, now: Situation, point: Tensor) -> Tensor:
        """A point (N, 3) in the slice's frame."""
        if self._in_base:
            return point
        return self.vector(now, point - (now.tool_position if self._in_tool else self._origin))

    def vector(self, now: Situation, vector: Tensor) -> Tensor:
        """A direction (N, 3) in the slice's frame."""
        if self._in_base:
            return vector
        return turned_into(now.tool_rotation if self._in_tool else self._axes, vector)

    def turn(self, now: Situation, rotation: Tensor) -> Tensor:
        """A rotation (N, 3, 3) in the slice's frame and form."""
        if not self._in_base:
            axes = now.tool_rotation if self._in_tool else self._axes
            rotation = relative_to(axes, rotation)
        return in_form(rotation, self._form, self._positive)

    def relative(self, now: Situation) -> Tensor:
        return self.chosen(now.joint_position - self._default)

    def normalized(self, now: Situation) -> Tensor:
        return self.chosen((now.joint_position - self._middle) / self._half)

    def distance(self, now: Situation) -> Tensor:
        return (now.goal_position - now.tool_position).square().sum(dim=1, keepdim=True).sqrt()

    def constant(self, now: Situation) -> Tensor:
        return self._values.expand(len(now.joint_position), -1)


_COMPUTED: Dict[str, Callable[[SliceValue, Situation], Tensor]] = {
    "joint_position": lambda one, now: one.chosen(now.joint_position),
    "joint_position_relative": SliceValue.relative,
    "joint_position_normalized": SliceValue.normalized,
    "joint_position_sin": lambda one, now: torch.sin(one.chosen(now.joint_position)),
    "joint_position_cos": lambda one, now: torch.cos(one.chosen(now.joint_position)),
    "joint_velocity": lambda one, now: one.chosen(now.joint_velocity),
    "last_action": lambda one, now: now.last_action,
    "goal_position": lambda one, now: one.point(now, now.goal_position),
    "goal_position_relative": lambda one, now: one.vector(
        now, now.goal_position - now.tool_position
    ),
    "goal_distance": SliceValue.distance,
    "goal_orientation": lambda one, now: one.turn(now, now.goal_rotation),
    "tool_position": lambda one, now: one.point(now, now.tool_position),
    "tool_orientation": lambda one, now: one.turn(now, now.tool_rotation),
    "tool_linear_velocity": lambda one, now: one.vector(now, now.tool_velocity[:, :3]),
    "tool_angular_velocity": lambda one, now: one.vector(now, now.tool_velocity[:, 3:]),
    "constant": SliceValue.constant,
}
"""How each slice of ``quantities.QUANTITIES`` is computed."""


class RememberedSlices(nn.Module):
    """Slices with those of former steps, as one observation.

    The former values are kept slice by slice, oldest first, (N, k) altogether.

    Args:
      slices: of one observation.
      history: how their steps stand in it.
    """

    def __init__(self, slices: Sequence[Slice], history: History) -> None:
        super().__init__()
        self._slices, self._history = slices, history
        self._kept = [one.width * (one.history - 1) for one in slices]
        self.width = sum(self._kept)
        """k."""

    def forward(self, values: List[Tensor], kept: Tensor, begins: Tensor) -> Tuple[Tensor, Tensor]:
        """The observation (N, d) and what is kept of it, (N, k).

        Args:
          values: (N, w) of each slice.
          kept: (N, k) of the step before.
          begins: (N, 1) 1 in the first step, else 0.
        """
        if not self.width:
            return torch.cat(values, dim=1), kept
        former = parted(kept, self._kept)
        windows = []
        for one, value, before in zip(self._slices, values, former):
            if one.history == 1:
                windows.append(value)
                continue
            if self._history.repeats_first:
                before = before + begins * value.repeat(1, one.history - 1)
            windows.append(torch.cat((before, value), dim=1))
        next_kept = torch.cat(
            [
                window[:, one.width :]
                for one, window in zip(self._slices, windows)
                if one.history > 1
            ],
            dim=1,
        )
        steps = [list(window.split(one.width, dim=1)) for one, window in zip(self._slices, windows)]
        if self._history.newest_first:
            steps = [list(reversed(own)) for own in steps]
        if self._history.by_step:
            steps = [list(own) for own in zip(*steps)]
        return torch.cat([value for own in steps for value in own], dim=1), next_kept


def parted(row: Tensor, widths: List[int]) -> List[Tensor]:
    """(N, w) cut into parts of these widths, of which some may be 0."""
    cuts = iter(row.split([width for width in widths if width], dim=1) if any(widths) else ())
    return [next(cuts) if width else row[:, :0] for width in widths]


def _row(value: np.ndarray) -> Tensor:
    return torch.tensor(np.array(value)[None], dtype=torch.float32)


def _product(rotation: Tensor, other: Tensor) -> Tensor:
    """(N, 3, 3) times (1, 3, 3)."""
    return (rotation[:, :, :, None] * other[:, None, :, :]).sum(dim=2)
