"""What is known of a policy that runs in simulation, at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional

from rl_manip_cockpit.state.arm_copy import ArmCopy
from rl_manip_cockpit.state.trial.goal_tries import Tally


@dataclass(frozen=True)
class TrialSeen:
    """Shown by the policy's page."""

    arm: ArmCopy
    is_paused: bool = False
    held_by: Optional[int] = None
    """Page whose goal the arm holds; None where goals follow each other."""
    goal_number: int = 0
    """Counts goals."""
    distance: float = 0.0
    """Of tool, or object, and goal [m]."""
    elapsed: float = 0.0
    """Since the goal began [s]."""
    time_to_goal: Optional[float] = None
    """Until the goal was met, as far as is known [s]; None while it is not met."""
    tally: Tally = field(default_factory=Tally)
    """Under the present sliders."""
    outside: Mapping[str, float] = field(default_factory=dict)
    """Share of the last seconds in which an input was unlike training [1], by input."""
    rewards: Mapping[str, float] = field(default_factory=dict)
    """Weighted terms of the last step's reward [1], by name."""
    pace: float = 1.0
    """Simulated over real time [1]."""
    note: str = ""
    """What became of the last press."""
