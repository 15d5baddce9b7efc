"""What the trainer asks of an algorithm."""

from __future__ import annotations

from typing import Dict, Protocol

from torch import nn


class DivergedError(RuntimeError):
    """Losses or gradients stay without finite values; the weights are those of before."""


class Learner(Protocol):
    """Collects experience in an environment and improves a policy on it, turn by turn."""

    policy: nn.Module  # as learned so far: a ``DeterministicPolicy``, or a ``RememberingPolicy``
    phase: str  # what it has learned by so far, for the policy's record, with {algo} where the name
    # of the algorithm goes; a learner without this is recorded by that name alone
    steps_per_iteration: int  # control steps of all arms of the team that one collect() makes

    def collect(self) -> Dict[str, float]:
        """Act in the environment; returns means of rewards, their terms and episode ends."""

    def update(self) -> Dict[str, float]:
        """Improve on what was collected; returns means of losses and of what steers them.

        Raises:
          DivergedError: nothing finite can be computed any more.
        """

    def state_dict(self) -> Dict:
        """Everything that training goes on from, the environment aside."""

    def load_state_dict(self, state: Dict) -> None:
        """Go on from ``state``, in the environment as it was then.

        Raises:
          RuntimeError: of other networks.
          LearnerStateError: of something else that does not fit; the message says what.
        """

    def environment_restarted(self) -> None:
        """Take note that the environment has not gone on from where it was: new episodes begin."""
