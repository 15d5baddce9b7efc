"""Many arms of one kind behind one `SafeMotion`: late to follow, and late to say where they are."""

from __future__ import annotations

import numpy as np
from motion_bounds import check_step

from rl_manip_deploy.guard.braking import Motion
from rl_manip_deploy.guard.command_history import CommandHistory
from rl_manip_deploy.guard.safe_motion import SafeMotion

TICK = 0.001  # [s] of the simulation
NOISE = 1e-4  # [rad] of the states


class LateArms:
    """Arms that follow commands after a delay and a lag, and the guard's function before them.

    Args:
        safe: the guard's function.
        poses: where they stand, (arms, n) [rad].
        state_period: between two states [s].
        state_delay: of each state [s].
        command_delay: from a command until the arm takes it up [s].
        lag: time constant with which the arm follows [s].
        step_period: between two commands [s]; None for one per state.
        irregular: whether the periods and delays are those at most, and shorter ones at random.
        seed: of noise and irregularity.
        checked: whether each command is checked against the guard's bounds of motion.
    """

    def __init__(
        self,
        safe: SafeMotion,
        poses: np.ndarray,
        state_period: float = 0.002,
        state_delay: float = 0.0,
        command_delay: float = 0.02,
        lag: float = 0.01,
        step_period: float | None = None,
        irregular: bool = False,
        seed: int = 0,
        checked: bool = True,
    ) -> None:
        self.safe = safe
        self.position = poses.copy()
        self.motion = Motion(np.zeros_like(poses), np.zeros_like(poses))
        self.now = 0.0
        self._rng = np.random.default_rng(seed)
        self._periods = (state_period, state_delay, command_delay)
        self._lag, self._step_period, self._irregular = lag, step_period, irregular
        self._checked = checked
        self._followed = np.zeros_like(poses)
        self._commands = [(-1.0, self.motion.velocity)]  # when the arm takes them up
        self._states = [(0.0, poses)]  # when they come
        self._received, self._measured = 0.0, poses
        self._history = CommandHistory(poses.size, kept=256)
        self._next_state = self._next_step = self._last_step = 0.0

    @property
    def velocity(self) -> np.ndarray:
        """How fast the arms move, (arms, n) [rad/s]."""
        return self._followed

    def run(self, seconds: float, request) -> None:
        """Moves on, asked for `request(position)` [rad/s]; checks every command."""
        for _ in range(round(seconds / TICK)):
            self.tick(request)

    def tick(self, request) -> None:
        """Moves on by one `TICK`."""
        state_period, state_delay, command_delay = self._periods
        self.now += TICK
        while len(self._commands) > 1 and self._commands[1][0] <= self.now:
            del self._commands[0]
        follow = TICK / (self._lag + TICK)
        self._followed = self._followed + (self._commands[0][1] - self._followed) * follow
        self.position = self.position + TICK * self._followed
        if self.now >= self._next_state:
            measured = self.position + self._rng.normal(0.0, NOISE, self.position.shape)
            self._states.append((self.now + self._some(state_delay), measured))
            self._next_state = self.now + self._some(state_period) - 0.5 * TICK
        came = False
        while len(self._states) > 0 and self._states[0][0] <= self.now:
            self._received, self._measured = self._states.pop(0)
            came = True
        due = came if self._step_period is None else self.now >= self._next_step
        if due:
            self._command(request(self.position), self.now + self._some(command_delay))
            self._next_step = self.now + self._some(self._step_period or 0.0) - 0.5 * TICK

    def _command(self, request: np.ndarray, taken_up: float) -> None:
        step = self.now - self._last_step
        pending = self._history.pending(
            self._received, self.safe.limits.response_time, self.now
        ).reshape(-1, *self.position.shape)
        following = self.safe.step(request, self.motion, self._measured, step, pending=pending)
        if self._checked:
            check_step(self.safe, self.motion, following, step)
        self.motion = following
        self._last_step = self.now
        self._history.add(following.velocity.ravel(), self.now)
        self._commands.append((max(taken_up, self._commands[-1][0]), following.velocity))

    def _some(self, most: float) -> float:
        return most * self._rng.random() if self._irregular else most
