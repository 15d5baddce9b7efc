"""The arm's twin: the nominal arm in MuJoCo, moved by the commands that the arm gets."""

from __future__ import annotations

from typing import Optional, Sequence

import numpy as np

from rl_manip_cockpit.state.seen import REST_SPEED, Motion
from rl_manip_description import Arm
from rl_manip_gap.replay.twin import Twin

SETTLED = 1.0
"""An arm that has rested for so long is where its twin begins again [s]."""
LONGEST = 0.5
"""A twin that has to catch up by more begins anew [s]."""


class Ghost:
    """Starts where the arm rests, and then only hears what the arm is told.

    So what lies between them is what the present motion has made of the difference between
    simulation and arm. All times are the receiver's steady clock, in [s].

    Args:
        arm: which arm.
    """

    def __init__(self, arm: Arm) -> None:
        self._twin = Twin(arm, num_threads=1)
        self._num_joints = arm.num_joints
        self._still = np.zeros(arm.num_joints)
        self.position: Optional[np.ndarray] = None
        """Of its joints (n,) [rad]; None before the arm was heard."""
        self._command = self._still
        self._simulated = 0.0
        self._moved_at = -np.inf

    def follow(self, state: Optional[Motion], commands: Sequence[Motion], now: float) -> None:
        """Moves on to `now`.

        Args:
            state: what the arm measured last.
            commands: sent since the last call, oldest first.
        """
        if state is None or state.position is None:
            return
        rests = bool(np.all(np.abs(state.velocity) < REST_SPEED)) and not np.any(self._command)
        if not rests or any(np.any(command.velocity) for command in commands):
            self._moved_at = now
        if self.position is None or now - self._simulated > LONGEST:
            self._begin(state.position, now)
        elif now - self._moved_at > SETTLED:
            self._begin(state.position, now)
            return
        for command in commands:
            self._advance(command.received)
            self._command = command.velocity
        self._advance(now)

    def _begin(self, position: np.ndarray, now: float) -> None:
        self._batch = self._twin.start(position[None], self._still[None])
        self.position, self._command = np.array(position), self._still
        self._simulated = now

    def _advance(self, until: float) -> None:
        step = self._twin.timestep
        steps = int((until - self._simulated) / step)
        if steps < 1:
            return
        control = np.zeros((1, steps, self._twin.model.nu))
        control[:, :, : self._num_joints] = self._command
        record = self._batch.rollout(steps, control=control, record=("qpos",))
        self.position = record["qpos"][0, -1, : self._num_joints].copy()
        self._simulated += steps * step
