"""What happens to commands on their way to the servos and to readings on their way back."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class SignalSample(NamedTuple):
    """Signal paths of k environments."""

    velocity_gain: Tensor  # (k, n) reached over commanded velocity [1]
    action_delay: Tensor  # (k,) [s]
    actuator_noise: Tensor  # (k,) standard deviation over the velocity limit [1]
    joint_position_noise: Tensor  # (k,) standard deviation [rad]
    joint_velocity_noise: Tensor  # (k,) standard deviation [rad/s]
    sensor_dropout: Tensor  # (k,) probability that a reading repeats the last one [1]


class CommandPath:
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
        self._control_dt = control_dt
        self._generator = generator
        device, num_joints = velocity_limit.device, len(velocity_limit)
        history_length = int(max_delay / control_dt) + 2
        # ring buffer: commands of the last periods, newest at index _newest
        self._history = torch.zeros(history_length, num_envs, num_joints, device=device)
        self._newest = 0
        self._whole_periods = torch.zeros(num_envs, dtype=torch.int64, device=device)
        self._fraction = torch.zeros(num_envs, 1, device=device)
        self._gain = torch.ones(num_envs, num_joints, device=device)
        self._noise = torch.zeros(num_envs, 1, device=device)
        self._env = torch.arange(num_envs, device=device)

    def reset(self, env_ids: Tensor, sample: SignalSample) -> None:
        """Forget the commands of environments (k,) and give them a new delay, gain and noise."""
        periods = sample.action_delay / self._control_dt
        if float(periods.max()) >= len(self._history) - 1:
            raise ValueError(
                f"action_delay is {float(sample.action_delay.max()):g} s, the command path was "
                f"built for less than {(len(self._history) - 1) * self._control_dt:g} s"
            )
        whole = periods.floor()
        self._history[:, env_ids] = 0.0
        self._whole_periods[env_ids] = whole.long()
        self._fraction[env_ids] = (periods - whole).unsqueeze(1)
        self._gain[env_ids] = sample.velocity_gain
        self._noise[env_ids] = sample.actuator_noise.unsqueeze(1)

    def apply(self, command: Tensor) -> Tensor:
        """The command (N, n) [rad/s] that reaches the servos this period for this one computed."""
        last = self._history[self._newest]
        limited = command.clamp(-self._velocity_limit, self._velocity_limit)
        limited = torch.maximum(
            torch.minimum(limited, last + self._max_change), last - self._max_change
        )
        length = len(self._history)
        self._newest = (self._newest + 1) % length
        self._history[self._newest] = limited
        newer = self._history[(self._newest - self._whole_periods) % length, self._env]
        older = self._history[(self._newest - self._whole_periods - 1) % length, self._env]
        delayed = torch.lerp(newer, older, self._fraction)
        noise = torch.randn(delayed.shape, generator=self._generator, device=delayed.device)
        return delayed * self._gain + noise * self._noise * self._velocity_limit


class SensorPath:
    """Noise and drop-out between the true joint state and the reading.

    Args:
      num_envs: number of environments N.
      num_joints: joints n.
      generator: draws noise and drop-outs; its device is the tensors' device.
    """

    def __init__(self, num_envs: int, num_joints: int, generator: torch.Generator) -> None:
        device = generator.device
        self._generator = generator
        self._reading = torch.zeros(2, num_envs, num_joints, device=device)
        self._noise = torch.zeros(2, num_envs, 1, device=device)
        self._dropout = torch.zeros(num_envs, 1, device=device)

    @property
    def joint_position(self) -> Tensor:
        """The last reading (N, n) [rad]."""
        return self._reading[0]

    @property
    def joint_velocity(self) -> Tensor:
        """The last reading (N, n) [rad/s]."""
        return self._reading[1]

    def reset(self, env_ids: Tensor, sample: SignalSample, joint_position: Tensor) -> None:
        """Give environments (k,) new noise and drop-out, and a first, exact reading at rest.

        Args:
          env_ids: (k,) int64.
          sample: noise and drop-out of those environments.
          joint_position: (k, n) where they stand [rad].
        """
        self._noise[0, env_ids] = sample.joint_position_noise.unsqueeze(1)
        self._noise[1, env_ids] = sample.joint_velocity_noise.unsqueeze(1)
        self._dropout[env_ids] = sample.sensor_dropout.unsqueeze(1)
        self._reading[0, env_ids] = joint_position
        self._reading[1, env_ids] = 0.0

    def read(self, joint_position: Tensor, joint_velocity: Tensor) -> None:
        """Take the next reading of the true position [rad] and velocity [rad/s], (N, n) each."""
        true = torch.stack((joint_position, joint_velocity))
        noise = torch.randn(true.shape, generator=self._generator, device=true.device)
        drawn = torch.rand(self._dropout.shape, generator=self._generator, device=true.device)
        dropped = drawn < self._dropout
        self._reading = torch.where(dropped, self._reading, true + noise * self._noise)
