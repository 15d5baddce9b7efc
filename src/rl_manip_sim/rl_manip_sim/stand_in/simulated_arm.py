"""A stand-in robot in MuJoCo, stepped one control cycle at a time; behaves like the UR driver."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple, Optional, Sequence, Union

import mujoco
import numpy as np

from rl_manip_description import Arm
from rl_manip_sim.models.arm_model import build_arm_spec, change_dynamics
from rl_manip_sim.models.dynamics import JointDynamics
from rl_manip_sim.models.scene import EMPTY, Scene
from rl_manip_sim.stand_in.hidden_parameters import HiddenParameters
from rl_manip_sim.stand_in.position_controller import PositionController
from rl_manip_sim.stand_in.simulated_gripper import SimulatedGripper, SimulatedObject
from rl_manip_sim.stand_in.simulated_hole import SimulatedHole
from rl_manip_sim.stand_in.simulated_support import SimulatedSupport
from rl_manip_sim.stand_in.trajectory_controller import TrajectoryController, TrajectoryPoint

CYCLE = 0.002
"""The driver's control cycle [s], 500 Hz as on e-series robots."""
SPEEDJ_ACCELERATION = 40.0
"""Acceleration [rad/s^2] of the driver's speedj, which follows commands and pauses alike."""
LARGEST_PATH_ERROR = 0.2
"""Set point and joint further apart than this [rad] make a protective stop: something is hit."""


PositionSource = Union[TrajectoryController, PositionController]
"""A controller that says where the joints are to be."""


class Reading(NamedTuple):
    """What the driver publishes of one cycle, each (n,) in the arm's order."""

    position: np.ndarray  # [rad]
    velocity: np.ndarray  # [rad/s]
    effort: np.ndarray  # motor current [A]


class SimulatedArm:
    """One arm on its table. It repeats the last velocity for ever, as the driver does, unless it
    follows trajectories, which end at rest, or positions, of which it holds the last one for ever.

    Commands of the wrong length and commands that are not finite are dropped. While the program
    does not run, the arm stands; when it runs again, the controller starts from zero velocity.
    An arm that is held up by something makes a protective stop, which has to be unlocked before
    the program can run again; its gripper, which has a driver of its own, goes on.
    """

    def __init__(
        self, arm: Arm, hidden: HiddenParameters, seed: int = 0, scene: Scene = EMPTY
    ) -> None:
        self._hidden = hidden
        self._limit, self._endless = arm.limits.velocity, arm.limits.endless
        self._rng = np.random.default_rng(seed)
        self._model = _compile(arm, hidden, scene)
        self._data = data = mujoco.MjData(self._model)
        # the arm's joints come first, in order; fingers and object follow
        n = arm.num_joints
        self._position, self._velocity = data.qpos[:n], data.qvel[:n]
        self._force, self._control = data.actuator_force[:n], data.ctrl[:n]
        self._position[:] = data.act[:] = arm.home
        self.gripper: Optional[SimulatedGripper] = None
        """Where the arm carries one."""
        self.object: Optional[SimulatedObject] = None
        """Where the scene has one."""
        self.support: Optional[SimulatedSupport] = None
        """Likewise: a block that the object may be stacked on."""
        self.hole: Optional[SimulatedHole] = None
        """Likewise, and a peg for it on the flange."""
        if scene.has_hole:
            self.hole = SimulatedHole(self._model, data)
        if arm.gripper is not None:
            self.gripper = SimulatedGripper(self._model, data, arm.gripper)
        if scene.has_object:
            self.object = SimulatedObject(self._model, data)
        if scene.support:
            self.support = SimulatedSupport(self._model, data)
        mujoco.mj_forward(self._model, data)
        self.program_running = self._active = True
        self.is_locked = False  # after a protective stop
        self.speed_scaling = 1.0
        self._command = np.zeros(arm.num_joints)
        self._set_point = np.zeros(arm.num_joints)
        self._on_the_way = _delay_line(hidden.command_delay, self._command)
        self._positions: Optional[PositionSource] = None
        self._trajectory_time = 0.0  # [s] slower than time where the speed is scaled down
        self._readings = _delay_line(hidden.state_delay, self._measure())

    @property
    def num_joints(self) -> int:
        """n."""
        return len(self._limit)

    @property
    def true_position(self) -> np.ndarray:
        """Joint positions without noise or delay, (n,) [rad]."""
        return self._position.copy()

    @property
    def true_velocity(self) -> np.ndarray:
        """Joint velocities without noise or delay, (n,) [rad/s]."""
        return self._velocity.copy()

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing moves and nothing will."""
        wanted = self._command
        if self._positions is not None:
            wanted = self._positions.desired(self._trajectory_time)[1]
        commanded = np.any(wanted) and self.program_running
        return not commanded and float(np.abs(self._velocity).max()) < 0.005

    def command(self, velocity: Sequence[float]) -> bool:
        """Takes joint velocities [rad/s] in the arm's order; false where they were dropped."""
        if len(velocity) != self.num_joints or not np.all(np.isfinite(velocity)):
            return False
        if self.program_running and self._active:
            self._command = np.clip(np.array(velocity, dtype=float), -self._limit, self._limit)
        return True

    def follow_trajectories(self) -> None:
        """The trajectory controller becomes active in place of the velocity controller."""
        self._follow_from_here(TrajectoryController(self._set_position, self._endless))

    def follow_positions(self) -> None:
        """A forward_position_controller becomes active in place of the velocity controller."""
        self._follow_from_here(PositionController(self._set_position, self._endless))

    def follow(self, points: Sequence[TrajectoryPoint]) -> str:
        """Takes a trajectory in the arm's order; why it was refused, or nothing."""
        if not isinstance(self._positions, TrajectoryController):
            return "the trajectory controller is not active"
        if not (self.program_running and self._active):
            return ""
        return self._positions.take(points, self._trajectory_time)

    def go_to(self, position: Sequence[float]) -> bool:
        """Takes joint positions [rad] in the arm's order; false where they were dropped."""
        if not isinstance(self._positions, PositionController):
            return False
        if not (self.program_running and self._active):
            return True
        return self._positions.take(position)

    def deactivate(self) -> None:
        """The controller becomes inactive: the arm stands, commands are heard by nobody."""
        self._active = False
        self._command = np.zeros(self.num_joints)

    def activate(self) -> None:
        """The controller is active again: the next command is in force at once, without a ramp."""
        self._active = True

    def pause(self) -> None:
        """The robot program stops."""
        self.program_running = False
        self._command = np.zeros(self.num_joints)

    def protective_stop(self) -> None:
        """The robot program stops and cannot run before `unlock`."""
        self.is_locked = True
        self.pause()

    def unlock(self) -> None:
        """The program may run again; it does not yet."""
        self.is_locked = False

    def play(self) -> bool:
        """The robot program runs again and the controller restarts by itself, from zero.

        False where a protective stop keeps it from that.
        """
        self.program_running = not self.is_locked
        return self.program_running

    def step(self) -> Reading:
        """Moves on by one `CYCLE` and returns what the driver publishes then."""
        self._trajectory_time += CYCLE * self.speed_scaling
        if self._positions is None:
            self._follow_velocities()
        else:
            self._follow(self._positions)
        mujoco.mj_step(self._model, self._data)
        if np.any(np.abs(self._data.act - self._position) > LARGEST_PATH_ERROR):
            self._data.act[:] = self._position
            self.protective_stop()
        self._readings.append(self._measure())
        return self._readings[0]

    def _follow_velocities(self) -> None:
        self._on_the_way.append(self._command)
        # a robot that stops by itself does not wait for the command's way through the network
        arrived = self._on_the_way[0] if self.program_running else np.zeros(self.num_joints)
        change = SPEEDJ_ACCELERATION * CYCLE
        wanted = self.speed_scaling * arrived
        self._set_point = np.clip(wanted, self._set_point - change, self._set_point + change)
        self._control[:] = self._hidden.velocity_gain * self._set_point

    @property
    def _set_position(self) -> np.ndarray:
        """Where the drives hold the joints, (n,) [rad]."""
        return self._data.act[: self.num_joints].copy()

    def _follow_from_here(self, positions: PositionSource) -> None:
        self._positions = positions
        self._on_the_way = _delay_line(self._hidden.command_delay, self._set_position)

    def _follow(self, positions: PositionSource) -> None:
        """As servoj does: the set point goes to each desired position within a cycle."""
        act = self._data.act[: self.num_joints]
        if not (self.program_running and self._active):
            positions.hold(act.copy())
        self._on_the_way.append(positions.desired(self._trajectory_time)[0])
        velocity = (self._on_the_way[0] - act) / CYCLE
        self._control[:] = np.clip(velocity, -self._limit, self._limit)

    def _measure(self) -> Reading:
        hidden = self._hidden
        noise = self._rng.standard_normal((2, self.num_joints))
        position = self._position + hidden.position_noise * noise[0]
        # as drivers of endless joints do: within half a turn to either side of zero
        within_a_turn = (position + np.pi) % (2.0 * np.pi) - np.pi
        return Reading(
            np.where(self._endless, within_a_turn, position),
            self._velocity + hidden.velocity_noise * noise[1],
            self._force / hidden.current_gain,
        )


def _delay_line(delay: float, first) -> deque:
    """A queue whose first element is `delay` [s] older than the one appended last."""
    length = round(delay / CYCLE) + 1
    return deque([first] * length, maxlen=length)


def _compile(arm: Arm, hidden: HiddenParameters, scene: Scene) -> mujoco.MjModel:
    dynamics = JointDynamics(servo_lag=hidden.servo_lag)
    model = build_arm_spec(arm, CYCLE, dynamics, visual=False, scene=scene).compile()
    change_dynamics(
        model, hidden.friction_scale, hidden.damping_scale, hidden.armature_scale, hidden.payload
    )
    return model
