"""Every signal between a policy and the simulated arm, there and back."""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.models.scene import Scene
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg, Range
from rl_manip_sim.signals.gripper_path import GripperPath
from rl_manip_sim.signals.object_sensor import ObjectSensor
from rl_manip_sim.signals.signal_path import CommandPath, SensorPath, SignalSample
from rl_manip_sim.signals.stateful import Stateful
from rl_manip_sim.signals.wrench_sensor import WrenchSensor

DELAYS = ("action_delay", "observation_delay", "gripper_delay", "object_delay", "wrench_delay")
"""Ranges of delays, for which signals are kept."""


class SignalPaths(Stateful):
    """Commands of arm and gripper, readings of joints, gripper, object and wrist.

    Args:
      arm: which arm; with its gripper, if it carries one.
      num_envs: number of environments N.
      control_dt: control period [s].
      scene: whether there is an object to see, or a hole, which is felt.
      ranges: no delay that is asked for may be longer than these allow, see ``check``.
      generator: draws the noise.
    """

    def __init__(
        self,
        arm: Arm,
        num_envs: int,
        control_dt: float,
        scene: Scene,
        ranges: RandomizationCfg,
        generator: torch.Generator,
    ) -> None:
        self._ranges = ranges
        self.commands = CommandPath(
            num_envs,
            torch.tensor(np.array(arm.limits.velocity), dtype=torch.float32),
            torch.tensor(np.array(arm.limits.acceleration), dtype=torch.float32),
            control_dt,
            _longest(ranges.action_delay),
            generator,
        )
        longest = _longest(ranges.observation_delay)
        self.sensors = SensorPath(num_envs, arm.num_joints, control_dt, longest, generator)
        self.gripper: Optional[GripperPath] = None
        """None for an arm without one."""
        self.object: Optional[ObjectSensor] = None
        """None where there is none."""
        if arm.gripper is not None:
            longest = _longest(ranges.gripper_delay)
            self.gripper = GripperPath(num_envs, control_dt, longest, generator)
        self.wrist: Optional[WrenchSensor] = None
        """None where nothing is felt."""
        if scene.has_object:
            longest = _longest(ranges.object_delay)
            self.object = ObjectSensor(num_envs, control_dt, longest, generator)
        if scene.has_hole:
            longest = _longest(ranges.wrench_delay)
            self.wrist = WrenchSensor(num_envs, control_dt, longest, generator)

    def check(self, ranges: RandomizationCfg) -> None:
        """Raise ValueError where ``ranges`` allow a longer delay than there is room for.

        Asked of ranges, not of what is drawn from them: for that the host would wait.
        """
        for name in DELAYS:
            longest, room = (_longest(getattr(of, name)) for of in (ranges, self._ranges))
            if longest > room:
                raise ValueError(
                    f"{name} goes up to {longest:g} s, the environment was made for at most "
                    f"{room:g} s"
                )

    def reset(self, env_ids: Tensor, sample: SignalSample, sim: BatchSim) -> None:
        """Give environments (k,), which begin as the simulator has them, new signal paths."""
        self.commands.reset(env_ids, sample)
        self.sensors.reset(env_ids, sample, sim.joint_position[env_ids])
        if self.gripper is not None:
            self.gripper.reset(env_ids, sample, sim.gripper_opening[env_ids])
        if self.object is not None:
            self.object.reset(env_ids, sample, sim.object_pose[env_ids])
        if self.wrist is not None:
            self.wrist.reset(env_ids, sample, sim.wrench[env_ids])

    def apply(self, commands: Tuple[Tensor, ...]) -> Tuple[Tensor, Optional[Tensor]]:
        """What arrives this period for the commands computed.

        Args:
          commands: joint velocities (N, n) [rad/s] and, with a gripper, the opening (N, 1) [m].

        Returns:
          Joint velocities (N, n) [rad/s]; the opening (N,) [m], None without a gripper.
        """
        velocity = self.commands.apply(commands[0])
        return velocity, None if self.gripper is None else self.gripper.apply(commands[1])

    def read(self, sim: BatchSim) -> None:
        """Take the next readings of the true state."""
        self.sensors.read(sim.joint_position, sim.joint_velocity)
        if self.gripper is not None:
            self.gripper.read(sim.gripper_opening)
        if self.object is not None:
            self.object.read(sim.object_pose)
        if self.wrist is not None:
            self.wrist.read(sim.wrench)


def _longest(delays: Range) -> float:
    return float(np.max(delays.high))
