"""Another policy file for a node that runs: `ros2 param set /policy_node policy FILE`.

The parameter is refused with a sentence, and everything stays as it was, while the arm moves, and
where the file is broken, of another arm, or needs what the node was not started for.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Dict, Optional, Sequence

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter

from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.policy_file import Policy, PolicyFileError, load_policy
from rl_manip_deploy.ros.following.policy_parameters import CHANGEABLE
from rl_manip_description import Arm

WARM_UP_RUNS = 100
LOOK_PERIOD = 0.002  # [s] between two looks whether the file is loaded
REMEDY = "start the launch again with policy:= that file"


class PolicySwap:
    """Answers when one of the parameters is set.

    Args:
        node: has the parameters.
        obstacle: why no other policy may begin now; empty where one may.
        load: loads and warms up a policy file [path, sha256] that fits what is set up.
        take: takes the policy, and the path and sha256 that the parameters then have.
        meanwhile: goes on asking for what is asked for now, while the file is loaded.
    """

    def __init__(
        self,
        node: Node,
        obstacle: Callable[[], str],
        load: Callable[[str, str], Policy],
        take: Callable[[Policy, str, str], None],
        meanwhile: Callable[[], None],
    ) -> None:
        self._node, self._obstacle = node, obstacle
        self._load, self._take, self._meanwhile = load, take, meanwhile
        node.add_on_set_parameters_callback(self._on_set)

    def _on_set(self, parameters: Sequence[Parameter]) -> SetParametersResult:
        given = {each.name: each.value for each in parameters if each.name in CHANGEABLE}
        if not given:
            return SetParametersResult(successful=True)
        refusal = self._refusal(given)
        if refusal:
            self._node.get_logger().warning(f"another policy is refused: {refusal}")
        return SetParametersResult(successful=not refusal, reason=refusal)

    def _refusal(self, given: Dict[str, object]) -> str:
        """Why not; empty where the policy was taken."""
        now = {name: self._node.get_parameter(name).value for name in CHANGEABLE}
        wanted: Dict[str, str] = {}
        for name in CHANGEABLE:
            value = given.get(name, now[name])
            if not isinstance(value, str):
                return f"{name} is {value!r}: give text."
            wanted[name] = value
        if obstacle := self._obstacle():
            return obstacle
        try:
            policy = self._loaded(wanted["policy"], wanted["policy_sha256"])
        except PolicyFileError as error:
            return str(error)
        # while it was loaded the arm may have begun to move
        if obstacle := self._obstacle():
            return obstacle
        self._take(policy, wanted["policy"], wanted["policy_sha256"])
        return ""

    def _loaded(self, path: str, sha256: str) -> Policy:
        """Loads in a thread: an armed guard takes silence for the node's death."""
        with ThreadPoolExecutor(1) as pool:
            loading = pool.submit(self._load, path, sha256)
            while not loading.done():
                self._meanwhile()
                time.sleep(LOOK_PERIOD)
        return loading.result()


def load_fitting(
    path: str, sha256: str, arm: Arm, control_dt: float, before: Optional[Policy]
) -> Policy:
    """A policy file for an arm and rate, warmed up; see `load_policy`.

    Args:
        before: the policy that it is to follow, whose gripper and inputs are set up.

    Raises:
        PolicyFileError: it cannot be used, or needs what is not set up.
    """
    policy = load_policy(path, arm, control_dt, sha256)
    if before is not None:
        _check_same_hardware(policy, before, path)
    for _ in range(WARM_UP_RUNS):
        policy.act(policy.example())
    return policy


def _check_same_hardware(policy: Policy, before: Policy, path: str) -> None:
    # the guard knows the gripper from its start, and nobody may tell where an object is
    has, wants = before.metadata.gripper, policy.metadata.gripper
    if has != wants:
        raise PolicyFileError(
            f"{path} is for {_carrying(wants)}, and this one was started for {_carrying(has)}: "
            f"{REMEDY}."
        )
    if policy.reads_object and not before.reads_object:
        raise PolicyFileError(
            f"{path} has to be told where an object is, and this one was started without: {REMEDY}."
        )


def why_not_now(follower: Optional[GoalFollower], guard_may_move: bool, now: float) -> str:
    """Why no other policy may begin now [s]; empty where one may.

    Args:
        follower: that acts; None while none does.
        guard_may_move: whether the guard lets the arm move, or stops it.
    """
    if follower is None or not guard_may_move:
        return ""
    if follower.is_driving:
        return (
            "the arm is on its way to a goal: wait until it is there, or call ~/drop_goal, then "
            "set the policy again"
        )
    follower_states = follower.arm_state
    if follower_states.trouble(now) or not follower_states.states.is_at_rest():
        return "the arm was not seen at rest for 0.1 s: wait until it stands still"
    return ""


def _carrying(gripper: Optional[str]) -> str:
    return f"an arm with {gripper}" if gripper else "an arm without a gripper"
