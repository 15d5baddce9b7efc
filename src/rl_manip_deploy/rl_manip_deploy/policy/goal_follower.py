"""What the policy node does in each control step, without ROS: what was heard of -> command."""

from __future__ import annotations

import time
from typing import Dict, List, Optional, Sequence

import numpy as np

from rl_manip_deploy.policy.arm_state import ArmState
from rl_manip_deploy.policy.blend_in import BlendIn
from rl_manip_deploy.policy.goals.goal_checks import Seen
from rl_manip_deploy.policy.goals.goal_gate import AGE_LIMIT, GoalGate
from rl_manip_deploy.policy.goals.goal_rest import GoalRest, rest_at
from rl_manip_deploy.policy.policy_file import Command, Policy
from rl_manip_deploy.policy.policy_inputs import (
    DEFAULT_TIMEOUTS,
    GoalPose,
    GripperState,
    InputSource,
    InputTimeouts,
    ObjectPose,
    Wrench,
    troubles,
)
from rl_manip_deploy.policy.real_tool import RealTool
from rl_manip_description import Arm, HalfShell
from rl_manip_description.model.own_kinematics import with_kinematics_of
from rl_manip_ros.durations import Durations

# A joint whose axis the tool lies on moves it by less than this [m/rad].
MOVES_NOTHING = 1e-3


class GoalFollower:
    """Runs a policy towards the current goal; holds still (zero velocity) where it cannot.

    A goal is taken while the guard is armed. A met goal is held still until another one comes or
    the arm is moved away from it. All times are the receiver's steady clock, in seconds.

    Args:
        policy: which policy.
        joint_prefix: in front of each joint's name in messages.
        timeouts: ages above which inputs are too old.
        queue: whether a goal that comes before arming waits for it.
        goal_age_limit: for how long, and how old a goal may be by its stamp [s].
    """

    def __init__(
        self,
        policy: Policy,
        joint_prefix: str = "",
        timeouts: InputTimeouts = DEFAULT_TIMEOUTS,
        queue: bool = False,
        goal_age_limit: float = AGE_LIMIT,
    ) -> None:
        metadata = policy.metadata
        names = {spec.name for spec in metadata.inputs}
        base_frame = joint_prefix + metadata.base_frame
        self.policy = policy
        self.arm_state = ArmState(policy.arm, metadata, joint_prefix, timeouts.joint_state)
        self.goal = GoalPose(base_frame, "goal_orientation" in names)
        self.gate = GoalGate(queue, goal_age_limit)
        self.gripper: Optional[GripperState] = None
        """Where the policy asks for the opening."""
        self.object: Optional[ObjectPose] = None
        """Where the policy asks for an object."""
        self._sources: List[InputSource] = [self.arm_state, self.goal]
        if "gripper_opening" in names and policy.arm.gripper is not None:
            self.gripper = GripperState(policy.arm.gripper, joint_prefix, timeouts.gripper)
            self._sources.append(self.gripper)
        if policy.reads_object:
            turned = "object_pose" in names
            self.object = ObjectPose(base_frame, turned, timeouts.object_pose)
            self._sources.append(self.object)
        self.wrench: Optional[Wrench] = None
        """Where the policy asks for what the wrist feels."""
        if "wrench" in names:
            self.wrench = Wrench(joint_prefix + metadata.tool_frame, timeouts.wrench)
            self._sources.append(self.wrench)
        self.inference = Durations()
        self.state_age = Durations()
        self._tool = RealTool(policy.arm)
        self._region = HalfShell.from_dict(metadata.goal_region)
        self._rest = Command(np.zeros(len(metadata.joint_names)))
        self._at_goal: Optional[GoalRest] = None
        self._memory: Optional[np.ndarray] = None  # of the policy; None where it begins
        self._blend: Optional[BlendIn] = None
        self._outside = {spec.name: 0 for spec in metadata.inputs}
        self._steps = 0

    def blend_in(self) -> None:
        """Lets the velocities asked for rise over the first second, unless the guard does."""
        if self.gate.is_open:
            self._blend = BlendIn()

    def take_kinematics(self, arm: Arm) -> None:
        """Takes the kinematics that the arm really has; not while it moves."""
        nominal = self.policy.arm
        self._tool = RealTool(nominal, with_kinematics_of(nominal, arm))
        self._at_goal = self._memory = None

    def on_joint_state(
        self,
        names: Sequence[str],
        position: Sequence[float],
        velocity: Sequence[float],
        now: float,
        stamp: float = 0.0,
    ) -> None:
        """Takes a joint state [rad, rad/s] of the arm, of the gripper, or of both."""
        self.arm_state.on_joint_state(names, position, velocity, now, stamp)
        if self.gripper is not None:
            self.gripper.on_joint_state(names, position, now)

    def on_guard_state(self, state: str, now: float) -> str:
        """Takes what the guard says of itself; returns what that did to a goal, else nothing.

        A stop drops the goal, whatever it is: the next one is a decision. Armed, the goal that
        waits is begun, if one does.
        """
        was_open = self.gate.is_open
        self.gate.on_guard_state(state)
        if state.startswith("stop"):
            had_goal = self.goal.position is not None
            self.forget_goal()
            if had_goal:
                return f"goal dropped, the guard says {state!r}: arm it and send the goal again"
        elif self.gate.is_open and not was_open:
            self._blend = None  # the guard limits speeds at first
            waiting = self.gate.take_waiting(now)
            if waiting is not None:
                return self._begin(waiting.frame, waiting.pose) or "the goal that waited is begun"
        return ""

    def take_goal(
        self, frame: str, pose: Sequence[float], now: float, sent_ago: float = 0.0
    ) -> str:
        """Takes a goal (7,), xyz [m] and xyzw; says why it was refused, else nothing.

        Args:
            sent_ago: age by its own stamp, 0 where it has none [s].
        """
        if refusal := self.gate.refusal(sent_ago):
            return refusal
        if self.gate.is_open:
            return self._begin(frame, pose)
        if refusal := self.goal.refusal(frame, pose):
            return refusal
        self.gate.keep(frame, pose, now)
        return ""

    def forget_goal(self) -> None:
        """There is no goal any more, and none waits."""
        self.goal.forget()
        self.gate.forget()
        self._at_goal = self._memory = None

    def has_goal(self, now: float) -> bool:
        """Whether there is a goal, or one that waits for arming."""
        return self.goal.position is not None or self.gate.waits(now)

    @property
    def is_driving(self) -> bool:
        """Whether there is a goal that is not met."""
        return self.goal.position is not None and not self.rests

    def has_fresh_state(self, now: float) -> bool:
        """Whether the arm's joint state is recent enough to act on."""
        return not self.arm_state.trouble(now)

    def is_familiar(self, goal: np.ndarray) -> bool:
        """Whether a goal [m], as the policy is told it in the pose measured last, lies in the
        region trained in."""
        told = {"joint_position": self.arm_state.states.position, "goal_position": goal}
        return bool(self._region.contains(self._tool.shown(told)["goal_position"]))

    def trouble(self, now: float) -> str:
        """Why the arm is held still, in a few words; empty where it acts, or rests at its goal."""
        if self.goal.position is None and self.gate.waits(now):
            return "the goal waits until the guard is armed"
        return ", ".join(troubles(self._sources, now))

    @property
    def rests(self) -> bool:
        """Whether the goal is met and held still."""
        return self._at_goal is not None and self._at_goal.rests

    def act(self, now: float) -> Command:
        """What to ask for now: zero velocity, and nothing of the gripper, while there is trouble.

        So it is at a goal that is met: the gripper holds what it was last told.

        Raises:
            PolicyFileError: the policy returned something that is not finite.
        """
        # until it acts it knows nothing: what it remembers is of the control step before
        memory, self._memory = self._memory, None
        if troubles(self._sources, now):
            return self._rest
        self.state_age.add(now - self.arm_state.received)
        values: Dict[str, np.ndarray] = {}
        for source in self._sources:
            values.update(source.values())
        if self._is_to_rest(values, now):
            return self._rest
        start = time.perf_counter()
        shown = self._tool.shown(values)
        command = self.policy.act(shown, memory)
        self._memory = command.memory
        self.inference.add(time.perf_counter() - start)
        self._count_outside(shown)
        needed = np.where(self._idle_joints(), 0.0, command.joint_velocity)
        if self._blend is not None:
            needed = self._blend.share(now) * needed
        return command._replace(joint_velocity=needed)

    def outside_shares(self) -> Dict[str, float]:
        """Share of steps with the input outside its training range, per input [1]."""
        return {name: count / max(self._steps, 1) for name, count in self._outside.items()}

    def _begin(self, frame: str, pose: Sequence[float]) -> str:
        states = self.arm_state.states
        if not states.is_known:
            return "goal refused: no joint state yet"
        refusal = self.goal.refusal(frame, pose)
        if not refusal:
            refusal = self.arm_state.turns.choose(states.position, ~self._idle_joints())
        if refusal:
            return refusal
        self.goal.take(frame, pose)
        self._at_goal = self._memory = None
        return ""

    def _is_to_rest(self, values: Dict[str, np.ndarray], now: float) -> bool:
        metadata, arm = self.policy.metadata, self._tool.arm
        if self._at_goal is None:
            goal = np.concatenate([values["goal_position"], values["goal_orientation"]])
            self._at_goal = rest_at(arm, goal, metadata.success, self.object is not None)
        seen = Seen(now, self.arm_state.states.position, values["joint_velocity"])
        if self.gripper is not None:
            seen = seen._replace(gripper_opening=float(values["gripper_opening"][0]))
        if self.object is not None:
            seen = seen._replace(
                object_position=values["object_position"], object_time=self.object.received
            )
        return self._at_goal.look(seen)

    def _idle_joints(self) -> np.ndarray:
        """Joints that do not change what the task is about, (n,) bool; they need not wind.

        So the data sheet says: what a calibration makes them move, the other joints make good.
        """
        arm = self.policy.arm
        if self.object is not None or self.policy.metadata.success.angle_rad is not None:
            return np.zeros(arm.num_joints, dtype=bool)
        moved = arm.jacobian(self.arm_state.states.position)[:3]
        return np.linalg.norm(moved, axis=0) < MOVES_NOTHING

    def _count_outside(self, values: Dict[str, np.ndarray]) -> None:
        self._steps += 1
        for spec in self.policy.metadata.inputs:
            self._outside[spec.name] += not spec.was_seen(values[spec.name])
