"""Goals that a page may send: dragged, drawn at random, or the tool's place at home."""

from __future__ import annotations

from typing import Optional

import numpy as np

from rl_manip_deploy.evaluation.goal_results import read_goals, where_it_stands
from rl_manip_deploy.guard.guard_limits import tool_levers
from rl_manip_description import Arm, HalfShell
from rl_manip_description.contract.policy_contract import PolicyMetadata


class GoalError(ValueError):
    """A goal that the arm cannot be sent to; the message says why."""


class GoalChoice:
    """Goals (7,) in the base frame: position [m] and quaternion xyzw.

    Args:
        arm: which arm; with the policy's gripper.
        policy: what is known of the policy that will follow the goals; None where nobody knows it
            here. Then goals are places of the tool in the arm's own workspace.
        seed: of the drawn goals.
    """

    def __init__(self, arm: Arm, policy: Optional[PolicyMetadata] = None, seed: int = 0) -> None:
        self._arm = arm
        self._seed = seed
        self.region: HalfShell = arm.workspace
        """Where goals are drawn."""
        self.is_turned = self.is_of_object = False
        """Whether the goal's orientation counts; whether it is where an object is to go."""
        if policy is not None:
            self.take_policy(policy)

    def take_policy(self, policy: PolicyMetadata) -> None:
        """From now on goals are such as that policy follows."""
        self.region = HalfShell.from_dict(policy.goal_region)
        self.is_turned = policy.success.angle_rad is not None
        self.is_of_object = policy.reads_object

    @property
    def home(self) -> np.ndarray:
        """Where the tool is when the arm is at home."""
        tool = self._arm.forward_kinematics(self._arm.home)
        return np.concatenate((tool.position, tool.quaternion))

    def drawn(self, standing: Optional[np.ndarray] = None) -> np.ndarray:
        """The next random goal.

        Args:
            standing: middle of the object (3,) [m] where goals are of an object.

        Raises:
            GoalError: it has to be known where the object stands.
        """
        self._seed += 1
        goal = read_goals("1", self._seed, self.region, self._arm, self.is_turned)[0]
        if not self.is_of_object:
            return goal
        if standing is None:
            raise GoalError("no goal drawn: nobody says where the object is (/object_pose)")
        return where_it_stands(goal, self.region, standing)

    def dragged(self, position: np.ndarray, wxyz: np.ndarray) -> np.ndarray:
        """The goal that a page's gizmo stands for.

        Args:
            position: (3,) [m] in the base frame, as the browser sent it.
            wxyz: quaternion likewise; what counts where the policy's goals are turned.

        Raises:
            GoalError: it is no place, or none that the arm reaches.
        """
        try:
            place = np.asarray(position, dtype=float)
            w, x, y, z = np.asarray(wxyz, dtype=float)
        except (TypeError, ValueError):
            raise GoalError("goal refused: the page sent no place") from None
        turn = np.array([x, y, z, w])
        if place.shape != (3,) or not (np.isfinite(place).all() and np.isfinite(turn).all()):
            raise GoalError("goal refused: the page sent no place of three finite numbers")
        length = float(np.linalg.norm(turn))
        if not 0.5 < length < 2.0:
            raise GoalError("goal refused: the page sent no rotation")
        reach = float(tool_levers(self._arm)[0])
        distance = float(np.linalg.norm(place - self._arm.chain.origins[0, :3, 3]))
        if distance > reach or place[2] < 0.0:
            raise GoalError(
                f"goal ({written(place)}) m refused: the {self._arm.name} reaches {reach:.2f} m "
                "from its shoulder, above the table at z = 0"
            )
        return np.concatenate((place, turn / length))


def written(place: np.ndarray) -> str:
    """Coordinates (3,) [m] for a sentence."""
    return ", ".join(f"{number:.3f}" for number in place)
