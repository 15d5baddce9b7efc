"""What happens to commands on their way to the servos and to readings on their way back."""

from __future__ import annotations

from typing import NamedTuple, Optional

import torch
from torch import Tensor

from rl_manip_sim.signals.delay_line import DelayLine
from rl_manip_sim.signals.stateful import Stateful


class SignalSample(NamedTuple):
    """Signal paths of k environments."""

    velocity_gain: Tensor  # (k, n) reached over commanded velocity [1]
    action_delay: Tensor  # (k,) [s]
    actuator_noise: Tensor  # (k,) standard deviation over the velocity limit [1]
    observation_delay: Tensor  # (k,) age of the state that is read [s]
    joint_zero_offset: Tensor  # (k, n) measured minus true position [rad]
    joint_position_noise: Tensor  # (k,) standard deviation [rad]
    joint_velocity_noise: Tensor  # (k,) standard deviation [rad/s]
    sensor_dropout: Tensor  # (k,) probability that a reading repeats the last one [1]
    gripper_delay: Tensor  # (k,) of its commands [s]
    gripper_opening_noise: Tensor  # (k,) standard deviation [m]
    object_delay: Tensor  # (k,) age of the object's pose that is read [s]
    object_dropout: Tensor  # (k,) probability that a reading of it repeats the last one [1]
    object_position_noise: Tensor  # (k,) standard deviation [m]
    object_orientation_noise: Tensor  # (k,) standard deviation about each axis [rad]
    # of the sensor at the wrist, where the scene has a hole; else None
    wrench_delay: Optional[Tensor] = None  # (k,) age of the wrench that is read [s]
    wrench_force_bias: Optional[Tensor] = None  # (k, 3) measured minus true force [N]
    wrench_torque_bias: Optional[Tensor] = None  # (k, 3) likewise [N m]
    wrench_force_noise: Optional[Tensor] = None  # (k,) standard deviation along each axis [N]
    wrench_torque_noise: Optional[Tensor] = None  # (k,) about each axis [N m]


class CommandPath(Stateful):
    """Slew-rate limit, delay, gain and noise between the policy's command and the servos.

    A delay of d seconds falls inside a control period: its mean effect over the period is the
    interpolation between the two neighbouring commands. The slew-rate limit is the velocity guard's
    acceleration limit, seen at the control rate.

    Args:
      num_envs: number of environments N.
      velocity_limit: (n,) [rad/s]; commands are clipped to it, noise is relative to it.
      acceleration_limit: (n,) [rad/s^2].
      control_dt: control period [s].
      max_delay: longest delay that will be asked for [s].
      generator: draws the noise.
    """

    def __init__(
        self,
        num_envs: int,
        velocity_limit: Tensor,
        acceleration_limit: Tensor,
        control_dt: float,
        max_delay: float,
        generator: torch.Generator,
    ) -> None:
        self._velocity_limit = velocity_limit
        self._max_change = acceleration_limit * control_dt
        self._generator = generator
        device, num_joints = velocity_limit.device, len(velocity_limit)
        self._delayed = DelayLine(num_envs, num_joints, control_dt, max_delay, device)
        self._gain = torch.ones(num_envs, num_joints, device=device)
        self._noise = torch.zeros(num_envs, num_joints, device=device)  # [rad/s]

    def reset(self, env_ids: Tensor, sample: SignalSample) -> None:
        """Forget the commands of environments (k,) and give them a new delay, gain and noise."""
        self._delayed.reset(env_ids, sample.action_delay, 0.0)
        self._gain[env_ids] = sample.velocity_gain
        self._noise[env_ids] = sample.actuator_noise.unsqueeze(1) * self._velocity_limit

    def apply(self, command: Tensor) -> Tensor:
        """The command (N, n) [rad/s] that reaches the servos this period for this one computed."""
        last = self._delayed.last
        limited = command.clamp(-self._velocity_limit, self._velocity_limit)
        limited = torch.maximum(
            torch.minimum(limited, last + self._max_change), last - self._max_change
        )
        delayed = self._delayed.push(limited)
        noise = torch.empty_like(delayed).normal_(generator=self._generator)
        return torch.addcmul(delayed * self._gain, noise, self._noise)


class SensorPath(Stateful):
    """Delay, zero offset, noise and drop-out between the true joint state and the reading.

    Args:
      num_envs: number of environments N.
      num_joints: joints n.
      control_dt: time between two readings [s].
      max_delay: oldest state that will be read [s].
      generator: draws noise and drop-outs; its device is the tensors' device.
    """

    def __init__(
        self,
        num_envs: int,
        num_joints: int,
        control_dt: float,
        max_delay: float,
        generator: torch.Generator,
    ) -> None:
        device, self._num_joints = generator.device, num_joints
        self._generator = generator
        # positions [rad], then velocities [rad/s], side by side
        width = 2 * num_joints
        self._delayed = DelayLine(num_envs, width, control_dt, max_delay, device)
        self._reading = torch.zeros(num_envs, width, device=device)
        self._offset = torch.zeros(num_envs, width, device=device)
        self._noise = torch.zeros(num_envs, width, device=device)
        self._dropout = torch.zeros(num_envs, 1, device=device)

    @property
    def joint_position(self) -> Tensor:
        """The last reading (N, n) [rad]."""
        return self._reading[:, : self._num_joints]

    @property
    def joint_velocity(self) -> Tensor:
        """The last reading (N, n) [rad/s]."""
        return self._reading[:, self._num_joints :]

    def reset(self, env_ids: Tensor, sample: SignalSample, joint_position: Tensor) -> None:
        """Give environments (k,) new sensors, and a first reading at rest, without noise.

        Args:
          env_ids: (k,) int64.
          sample: sensors of those environments.
          joint_position: (k, n) where they stand [rad].
        """
        n = self._num_joints
        reading = joint_position.new_zeros(len(env_ids), 2 * n)
        reading[:, :n] = joint_position
        self._delayed.reset(env_ids, sample.observation_delay, reading)
        reading[:, :n] += sample.joint_zero_offset
        self._reading[env_ids] = reading
        self._offset[env_ids, :n] = sample.joint_zero_offset
        self._noise[env_ids, :n] = sample.joint_position_noise.unsqueeze(1)
        self._noise[env_ids, n:] = sample.joint_velocity_noise.unsqueeze(1)
        self._dropout[env_ids, 0] = sample.sensor_dropout

    def read(self, joint_position: Tensor, joint_velocity: Tensor) -> None:
        """Take the next reading of the true position [rad] and velocity [rad/s], (N, n) each."""
        true = self._delayed.push(torch.cat((joint_position, joint_velocity), dim=1))
        noise = torch.empty_like(true).normal_(generator=self._generator)
        read = torch.addcmul(true + self._offset, noise, self._noise)
        kept = torch.empty_like(self._dropout).uniform_(generator=self._generator) < self._dropout
        self._reading = torch.where(kept, self._reading, read)
