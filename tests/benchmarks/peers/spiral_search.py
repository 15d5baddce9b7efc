"""What is done without learning: down onto the block, a spiral until the peg drops, then into it.

The blind spiral of Chhatpar and Branicky (2001). It is told what a policy is told and reads what a
policy reads; the sensor is set to zero at the start of each episode, as a person would.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.models.hole_geometry import HOLE_DEPTH, PEG_LENGTH
from rl_manip_train.environment.environment import Environment
from rl_manip_train.graph.tool_heading import heading
from rl_manip_train.graph.tool_jacobian import ToolJacobian
from rl_manip_train.tasks.from_above.tabletop_observation import quarter_turn

GAIN = 4.0  # speed per distance [1/s]
HOVER, BESIDE = 0.014, 0.002  # height on the way, distance from the axis for coming down [m]
FREE = 0.004  # height over the face, as told, from which it is felt for: twice the error [m]
TOUCH_DOWN = 0.002  # [m/s]
TOUCHED, LIGHT = 3.0, 1.5  # forces by which the face is felt, and no longer felt [N]
CAUGHT = 9.0  # force across the peg that is no friction any more [N]
DROPPED = 0.0007  # by so much the tip is lower once it is in the hole [m]
SEATED = 0.003  # height over the bottom, as told, at which it is let be: it may be 2 mm off [m]
YIELD = 1e-4  # speed per force [m/s/N], as the arm's stiffness and delay allow
APPROACH, SEARCH, INSERT = 0, 1, 2


@dataclass(frozen=True)
class SpiralCfg:
    """What there is to tune."""

    pitch: float = 0.0009
    """Between two turns [m]: less than a hole 1 mm wider than its peg forgives."""
    speed: float = 0.004
    """Along the spiral [m/s]."""
    follow: float = 2.0
    """Speed per distance from the spiral [1/s]."""
    reach: float = 0.0032
    """Radius at which it begins anew: more than the largest error of the place told [m]."""
    press: float = 6.0
    """Force on the face meanwhile [N]."""
    lowering: float = 0.012
    """Speed into the hole [m/s]."""
    most: float = 10.0
    """Force at which it is lowered no further [N]."""


class SpiralSearch:
    """How to act by it, as ``evaluate`` takes it; one instance for one environment after another.

    Args:
      arm: which arm.
      cfg: what there is to tune.
    """

    def __init__(self, arm: Arm, cfg: SpiralCfg = SpiralCfg()) -> None:
        self._cfg = cfg
        self._kinematics = ToolJacobian(arm.chain)
        self._phase = torch.zeros(0, dtype=torch.int64)

    def __call__(self, environment: Environment) -> tuple[Tensor, ...]:
        """Commands for the present readings of N environments."""
        task, readings = environment.task, environment.readings()
        if len(self._phase) != environment.num_envs:
            self._start(environment.num_envs)
        begins = environment.begins
        self._phase[begins], self._angle[begins] = APPROACH, 0.0
        self._zero[begins] = readings.wrench[begins]
        tool = self._kinematics(readings.joint_position)
        c, s = heading(tool.rotation)
        tip = tool.position + PEG_LENGTH * tool.rotation[:, :, 2]
        mouth = task.goal_position - torch.tensor([0.0, 0.0, PEG_LENGTH - HOLE_DEPTH])
        height = (tip - mouth)[:, 2]
        force = (readings.wrench - self._zero)[:, :3]
        pressed = -force[:, 2]
        # a tool that points down has its y axis against that of its heading
        push = torch.stack((c[:, 0] * force[:, 0] + s[:, 0] * force[:, 1],
                            s[:, 0] * force[:, 0] - c[:, 0] * force[:, 1]), dim=1)  # fmt: skip
        near = (mouth - tip)[:, :2].norm(dim=1) < BESIDE
        self._next_phase(height, pressed, near)
        across, up = self._approach(mouth, tip, height, near)
        for phase, twist in (
            (SEARCH, self._search((mouth - tip)[:, :2], push, pressed, task.control_dt)),
            (INSERT, self._insert(push, pressed, height)),
        ):
            chosen = self._phase == phase
            across = torch.where(chosen[:, None], twist[0], across)
            up = torch.where(chosen, twist[1], up)
        turn = quarter_turn(task.goal_orientation, c, s)
        yaw = torch.atan2(turn[:, 1], turn[:, 0]) / 4.0
        x, y = across.unbind(dim=1)
        c, s = c[:, 0], s[:, 0]
        linear = torch.stack((c * x + s * y, c * y - s * x, up), dim=1)
        action = task.action_model.of_speed(linear, GAIN * yaw[:, None])
        return task.action_model(action, readings.joint_position)

    def _start(self, count: int) -> None:
        self._phase = torch.zeros(count, dtype=torch.int64)
        self._angle, self._face = torch.zeros(count), torch.zeros(count)
        self._zero = torch.zeros(count, 6)

    def _next_phase(self, height: Tensor, pressed: Tensor, near: Tensor) -> None:
        felt = (self._phase == APPROACH) & (pressed > TOUCHED) & (height.abs() < FREE)
        self._face = torch.where(felt, height, self._face)
        self._phase[felt] = SEARCH
        dropped = (self._phase == SEARCH) & (height < self._face - DROPPED)
        # it may have come down into the hole at once
        inside = (self._phase == APPROACH) & (height < -FREE) & (pressed < TOUCHED)
        self._phase[dropped | (inside & near)] = INSERT

    def _approach(
        self, mouth: Tensor, tip: Tensor, height: Tensor, near: Tensor
    ) -> tuple[Tensor, Tensor]:
        aside = (mouth - tip)[:, :2]
        lift = GAIN * (HOVER - height)
        fall = -(GAIN * (height - FREE)).clamp(min=TOUCH_DOWN)
        may_cross = near | (height > 0.5 * HOVER)
        across = torch.where(may_cross[:, None], GAIN * aside, torch.zeros_like(aside))
        return across, torch.where(near, fall, lift)

    def _search(
        self, aside: Tensor, push: Tensor, pressed: Tensor, control_dt: float
    ) -> tuple[Tensor, Tensor]:
        """r = pitch angle / 2 pi, along which the tip goes at an even speed while it is pressed on.

        Where it is not, it may be over the hole: it goes down before it goes on. Where more than
        friction is in its way it stands at the hole's wall, and presses on until it drops.
        """
        cfg = self._cfg
        per_turn = cfg.pitch / (2.0 * math.pi)
        stands = (pressed > LIGHT) & (push.norm(dim=1) < CAUGHT)
        going = (self._phase == SEARCH) & stands
        step = cfg.speed * control_dt / (per_turn * self._angle).clamp(min=0.5 * cfg.pitch)
        self._angle = torch.where(going, self._angle + step, self._angle)
        self._angle[per_turn * self._angle > cfg.reach] = 0.0
        radius = (per_turn * self._angle)[:, None]
        direction = torch.stack((self._angle.cos(), self._angle.sin()), dim=1)
        tangent = torch.stack((-self._angle.sin(), self._angle.cos()), dim=1)
        along = cfg.speed * tangent + cfg.follow * (aside + radius * direction)
        along = along * (2.0 * cfg.speed / along.norm(dim=1, keepdim=True)).clamp(max=1.0)
        across = torch.where(stands[:, None], along, torch.zeros_like(along))
        up = -YIELD * (cfg.press - pressed)
        up = torch.where(pressed > LIGHT, up, torch.full_like(up, -TOUCH_DOWN))
        return across + YIELD * push, up

    def _insert(self, push: Tensor, pressed: Tensor, height: Tensor) -> tuple[Tensor, Tensor]:
        cfg = self._cfg
        down = torch.full_like(pressed, cfg.lowering)
        down = torch.where(pressed > cfg.most, YIELD * (cfg.most - pressed), down)
        done = height < SEATED - HOLE_DEPTH
        down = torch.where(done, YIELD * (2.0 - pressed).clamp(max=0.0), down)
        return YIELD * push, -down
