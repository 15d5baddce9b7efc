"""What is known of arm, guard and their surroundings at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional

import numpy as np

from rl_manip_deploy.policy.goals.goal_word import GoalWord
from rl_manip_description.contract.policy_contract import PolicyMetadata

REST_SPEED = 0.02
"""No joint faster than this is at rest [rad/s]: four times the noise of a measured velocity."""


@dataclass(frozen=True)
class Motion:
    """Numbers of every joint that came in one message; (n,) in the arm's order."""

    received: float
    """On the steady clock [s]."""
    velocity: np.ndarray
    """[rad/s]."""
    position: Optional[np.ndarray] = None
    """[rad]; a command has none."""


@dataclass(frozen=True)
class Seen:
    """None, or nothing, stands for what was never heard."""

    now: float
    """Steady clock [s]."""
    state: Optional[Motion] = None
    """What the arm measured last."""
    command: Optional[Motion] = None
    """What the guard sent last."""
    goal: Optional[np.ndarray] = None
    """Goal that was sent last, by whomever, and was not dropped since: position [m] and quaternion
    xyzw (7,), base frame."""
    goal_word: Optional[GoalWord] = None
    """What became of the last goal, as the policy node says."""
    guard: str = ""
    """The guard's word, and after a colon its reason."""
    trouble: str = ""
    """What keeps the guard from being armed."""
    held_at: str = ""
    """What the guard holds an arm at that is asked to move."""
    speed_scaling: Optional[float] = None
    """Share of full speed that the robot allows [1]."""
    program_running: Optional[bool] = None
    """Whether the robot program runs."""
    policy: str = ""
    """What the policy node says of itself."""
    loaded: Optional[PolicyMetadata] = None
    """What the policy says of itself that it has loaded, if that is for this arm."""
    outside: Mapping[str, float] = field(default_factory=dict)
    """Share of a policy's inputs outside their training range [1], by name."""
    gap: Mapping[str, float] = field(default_factory=dict)
    """Figures of the gap node, by name."""
    gap_verdict: str = ""
    """What the gap node says of them."""
    recorder: str = ""
    """Where it is recorded to, or that it is; empty where nobody records."""
    bag_bytes: Optional[int] = None
    """Size of the bag, where this machine sees it."""
    twin: Optional[np.ndarray] = None
    """Joint positions of the simulated twin (n,) [rad]."""

    @property
    def guard_word(self) -> str:
        """State of the guard in one word; empty where it was never heard."""
        return self.guard.partition(":")[0]

    @property
    def guard_reason(self) -> str:
        """Why the guard is in its state; empty where it gives no reason."""
        return self.guard.partition(":")[2].strip()

    @property
    def is_at_rest(self) -> bool:
        """Whether every joint was measured to be at rest."""
        return self.state is not None and bool(np.all(np.abs(self.state.velocity) < REST_SPEED))
