"""What an environment asks of a task."""

from __future__ import annotations

from typing import Any, ClassVar, Dict, List, NamedTuple, Optional, Protocol, Tuple

import numpy as np
import torch
from torch import Tensor, nn

from rl_manip_description import Arm, HalfShell
from rl_manip_description.contract.policy_contract import SuccessCriterion, TensorSpec
from rl_manip_sim.batch_sim import BatchSim, PhysicsSample
from rl_manip_sim.models.scene import Scene
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg


class TaskError(ValueError):
    """An arm or a setting that a task cannot be done with; the message says what it needs."""


class Readings(NamedTuple):
    """What sensors say of N environments."""

    joint_position: Tensor  # (N, n) [rad]
    joint_velocity: Tensor  # (N, n) [rad/s]
    gripper_opening: Optional[Tensor]  # (N, 1) [m]; None without a gripper
    object_pose: Optional[Tensor]  # (N, 7) [m] and xyzw, base frame; None without an object
    wrench: Optional[Tensor] = None  # (N, 6) [N] and [N m], tool frame; None without a hole


class StartState(NamedTuple):
    """Where k environments begin, at rest."""

    joint_position: Tensor  # (k, n) [rad]
    gripper_opening: Optional[Tensor] = None  # (k,) [m]; None for fully open
    object_pose: Optional[Tensor] = None  # (k, 7) [m] and xyzw; None for where it is
    hole_pose: Optional[Tensor] = None  # (k, 7) likewise, of a hole; None where there is none
    support_pose: Optional[Tensor] = None  # (k, 7) likewise, of the block to stack on

    @property
    def given(self) -> Tuple[Optional[Tensor], ...]:
        """What ``BatchSim.reset`` takes; the last two only where the scene has such a thing."""
        if self.support_pose is not None:
            return tuple(self)
        return tuple(self)[:4] if self.hole_pose is not None else tuple(self)[:3]


class Task(Protocol):
    """Goals, rewards and observations of N environments of one arm with n joints.

    What only an arm or its gripper knows a task asks of them, ``Arm.practice`` above all, so that
    it can be done with arms that nobody has thought of.

    A task is ``Stateful``: what it holds of its environments are tensors, so that a training that
    is resumed goes on in the midst of their episodes.

    Args:
      arm: which arm.
      num_envs: N.
      rng: draws goals and start states.

    Raises:
      TaskError: an arm that cannot do it.
    """

    name: ClassVar[str]
    gripper: ClassVar[Optional[str]]  # that the arm carries unless something else is asked for:
    # "auto" for the arm's own, whichever that is; None for none
    scene: Scene  # what stands on the table
    physics_dt: float  # simulation step unless something else is asked for [s]
    learning: ClassVar[Dict[str, Any]]  # settings of training that suit it: of those that
    # train_cfg.SUITED names, and by an algorithm's name a dictionary of that algorithm's
    training: bool  # start some episodes where they are easier
    control_dt: float  # [s]
    episode_s: float  # [s]
    older_when_met: ClassVar[int]  # control steps that a training's episode grows older in one in
    # which its goal is met; 1 where it is not said
    starts_alike: ClassVar[bool]  # any start state suits any environment: on a GPU, free ones are
    # then searched for once; False where it is not said
    keep_pose_probability: float  # chance that the next episode starts where the last one ended
    velocity_limit: Tensor  # (n,) fastest joint velocity command [rad/s]
    action_width: int  # a, elements of an action, each in [-1, 1]
    action_model: nn.Module  # see below
    actions: ClassVar[Tuple[str, ...]]  # kinds of ``ACTION_KINDS`` that it can be done by, its own
    # first, see ``with_action``; a task that lacks them is done by actions of its own only
    goal_region: HalfShell
    success_criterion: SuccessCriterion
    reward_weights: Dict[str, float]  # reward per unit of each term, same keys as reward_terms()
    input_specs: Tuple[TensorSpec, ...]  # the policy's raw inputs, in the observation model's order
    goal_inputs: Tuple[str, ...]  # names of the raw inputs that are the goal; side by side (N, g)
    observation_model: nn.Module  # raw inputs -> features (N, observation_model.width)
    # ``action_model(action (N, a), joint_position (N, n))`` gives the joint velocity command (N, n)
    # [rad/s] and, with a gripper, the wanted opening (N, 1) [m], as a tuple. The environment calls
    # it with the readings that the policy saw; the exported policy holds the very same module. Its
    # ``kind``, if it has one, is what checkpoints and policy files call these actions.

    def __init__(self, arm: Arm, num_envs: int, rng: np.random.Generator) -> None: ...

    def check(self, randomization: RandomizationCfg) -> None:
        """Raise TaskError where objects can be drawn that it cannot be done with."""

    def draw_goals(self, env_ids: Tensor) -> None:
        """Give environments (k,) new goals."""

    def draw_on(self, generator: torch.Generator) -> None:
        """From now on, draw goals on the generator's device, where it is the simulator's.

        Tasks may lack it; their goals and start states are drawn on the host then.
        """

    def prepare(self, env_ids: Tensor, physics: PhysicsSample) -> None:
        """Take note of the objects that environments (k,) have from now on."""

    def draw_start(self, env_ids: Tensor) -> StartState:
        """States for environments (k,) to start from, unless the arm collides there."""

    def inputs(self, readings: Readings) -> Tuple[Tensor, ...]:
        """The policy's raw inputs (N, ...) as the sensors read them, in ``input_specs`` order."""

    def reward_terms(self, sim: BatchSim, action: Tensor, last_action: Tensor) -> Dict[str, Tensor]:
        """Unweighted reward terms (N,) of the step just made with normalised actions (N, a)."""

    def terminated(self, sim: BatchSim) -> Tensor:
        """(N,) bool: the episode ends here because the task can go no further."""

    def success(self, sim: BatchSim) -> Tensor:
        """(N,) bool: the goal is met in the present state."""

    def achieved_goal(self, sim: BatchSim) -> Tensor:
        """(N, g) the goal that the present state would meet, as ``goal_inputs`` side by side."""

    def success_extra(self, sim: BatchSim) -> Tensor:
        """(N, e) what else of the present state success depends on; e may be 0."""

    def goal_met(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Tensor:
        """(...) bool: whether goals (..., g) are met in states of which no more is left than this.

        A pure function, so that experience can be judged by another goal.

        Args:
          achieved: (..., g) as ``achieved_goal`` gave it.
          goal: (..., g).
          extra: (..., e) as ``success_extra`` gave it.
        """

    def goal_credit(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Tensor:
        """(...) in [0, 1]: what the sparse reward pays for, 1 for a goal met in every respect.

        A pure function; arguments as ``goal_met``.
        """

    def guide(self, sim: BatchSim) -> Tensor:
        """Normalised actions (N, a) of a controller that does the task from the true state.

        They are for ``action_model``, which may be of any kind that ``actions`` names.
        Tasks may lack it; learning by ``guided_steps`` needs it.
        """

    def goal_reward(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Optional[Tensor]:
        """(...) the part of the dense reward that depends on the goal; arguments as ``goal_met``.

        None where it cannot be had from these: then experience is not judged by other goals.
        """

    def state_dict(self) -> Dict[str, Any]:
        """See ``Stateful``."""

    def load_state_dict(self, state: Dict[str, Any]) -> None:
        """See ``Stateful``."""

    def goal_distance(self, sim: BatchSim) -> Tensor:
        """(N,) distance to the goal [m]."""


class RewardSet(Protocol):
    """Other reward terms than a task's own.

    A class that stands before a task's class: ``self`` is the task, and whatever of it is not
    overridden stays. Where SAC is to judge experience by other goals, ``goal_reward`` has to fit
    the terms.
    """

    tasks: ClassVar[Tuple[str, ...]]  # that it is made for; none for any
    reward_weights: Dict[str, float]  # see ``Task``; set it after the task's own ``__init__``
    learning: ClassVar[Dict[str, Any]]  # see ``Task``; it goes before the task's, setting by
    # setting. A set may lack it

    def reward_terms(self, sim: BatchSim, action: Tensor, last_action: Tensor) -> Dict[str, Tensor]:
        """See ``Task.reward_terms``."""

    def goal_reward(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Optional[Tensor]:
        """See ``Task.goal_reward``."""


def action_kind(task: Task) -> Optional[str]:
    """Name of what the actions mean that a task is done by; None where it has none."""
    return getattr(task.action_model, "kind", None)


def float32(values: np.ndarray) -> Tensor:
    """Values in the networks' precision, and in memory of their own."""
    return torch.as_tensor(np.array(values), dtype=torch.float32)


MAY_LACK = ("guide", "draw_on")
CLASS_VARIABLES = ("name", "gripper", "learning")


def missing_from_task(cls: Any) -> List[str]:
    """Names of what a class lacks of ``Task``: class variables and methods, as far as seen now."""
    methods = [name for name, value in vars(Task).items() if callable(value) and name[0] != "_"]
    asked = [*CLASS_VARIABLES, *methods]
    return [name for name in asked if not hasattr(cls, name) and name not in MAY_LACK]
