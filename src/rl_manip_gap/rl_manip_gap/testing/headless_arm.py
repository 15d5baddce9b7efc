"""A simulated arm behind the velocity guard without ROS: both on one clock, faster than real time.

What the processes of deploy_real.launch.py do to each other, cycle by cycle: the arm publishes its
state, the guard answers each state with a command, and the arm takes it up with its next cycle.
"""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional

import numpy as np

from rl_manip_deploy.guard.conditions.guard_timing import GuardTiming
from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.velocity_guard import VelocityGuard
from rl_manip_description import Arm
from rl_manip_gap.identify.motion.excitation import Excitation
from rl_manip_gap.testing.synthetic_bag import states_and_commands
from rl_manip_sim.stand_in.hidden_parameters import HiddenParameters
from rl_manip_sim.stand_in.simulated_arm import CYCLE, Reading, SimulatedArm

# From a joint state to the guard's command: measured between processes with rclpy, median and
# spread (0.36 ms, 99 % within 0.8 ms) [s].
ANSWER_TIME, ANSWER_SPREAD = 4e-4, 1e-4
REQUEST_PERIOD = 0.008  # between requests of excite_node [s]
SEEN_AT_REST = 0.15  # before it is armed [s]


class ArmStopped(Exception):
    """The arm hit something and stopped its program."""


class HeadlessArm:
    """One simulated arm and its guard, armed from the start.

    Args:
        arm: which arm.
        hidden: how this one differs from its model.
        seed: of the noise of its readings.
    """

    def __init__(self, arm: Arm, hidden: HiddenParameters, seed: int = 0) -> None:
        self.arm = arm
        self._robot = SimulatedArm(arm, hidden, seed)
        # what is driven here is judged from its first moment: full speed at once
        self._guard = VelocityGuard(arm, arm_limits(arm), GuardTiming(arming_ramp=1e-3))
        self._guard.on_program_running(True)
        self.time = 0.0  # of the last reading [s]
        self._request = np.zeros(arm.num_joints)
        self.command = np.zeros(arm.num_joints)  # the guard's answer to the last reading [rad/s]
        self._arrived = self.command  # what has come in time for the arm's next cycle
        self.reading: Reading = self._next_reading()
        self._answer()
        self._arm_the_guard()

    def step(self, request: np.ndarray) -> Reading:
        """Moves on by one CYCLE under a request (n,) [rad/s]; returns what the driver publishes.

        Raises:
            ArmStopped: from now on the arm stands.
        """
        self._request = request
        self._robot.command(self._arrived)
        self._arrived = self.command
        self.reading = self._next_reading()
        self._answer()
        if not self._robot.program_running:
            raise ArmStopped(f"the simulated {self.arm.name} hit something after {self.time:.2f} s")
        return self.reading

    def _arm_the_guard(self) -> None:
        """Arms it once it has seen the arm at rest."""
        while self.time < SEEN_AT_REST:
            self.step(self._request)
        refused = self._guard.arm(self.time)
        if refused:
            raise RuntimeError(f"the guard of a simulated arm could not be armed: {refused}")

    def _next_reading(self) -> Reading:
        self.time += CYCLE
        return self._robot.step()

    def _answer(self) -> None:
        names, guard = self.arm.joint_names, self._guard
        guard.on_joint_state(names, self.reading.position, self.reading.velocity, self.time)
        guard.on_command(names, self._request, self.time)
        self.command = guard.step(self.time).copy()


def excitation_bag(
    path: Path, arm: Arm, hidden: HiddenParameters, duration: float, seed: int = 0
) -> Path:
    """The bag that excite.launch.py records of an arm without moves, [s] long.

    The arm's true delay is that of its delay lines and the wait of a command for the next cycle,
    see `true_delay`.
    """
    headless = HeadlessArm(arm, hidden, seed)
    motion = Excitation(arm, arm.home, duration, seed)
    rng = np.random.default_rng(seed)
    times: List[float] = []
    readings: List[Reading] = []
    commands: List[np.ndarray] = []
    request: Optional[np.ndarray] = None
    every = round(REQUEST_PERIOD / CYCLE)
    for cycle in range(round(duration / CYCLE)):
        if cycle % every == 0:
            request = motion.velocity(np.array([cycle * CYCLE]))[0]
        readings.append(headless.step(request))
        times.append(headless.time)
        commands.append(headless.command)
    position, velocity, effort = (np.array(signals) for signals in zip(*readings))
    state_time = np.array(times)
    late = ANSWER_TIME + ANSWER_SPREAD * rng.exponential(size=len(state_time))
    return states_and_commands(
        path,
        arm,
        state_time,
        position,
        velocity,
        state_time + np.minimum(late, 0.9 * CYCLE),
        np.array(commands),
        effort=effort,
    )


def true_delay(hidden: HiddenParameters) -> float:
    """From a command's sending to the reading that shows its cycle, the servo's lag apart [s]."""
    lines = sum(round(line / CYCLE) * CYCLE for line in (hidden.command_delay, hidden.state_delay))
    return lines + CYCLE - ANSWER_TIME - ANSWER_SPREAD
