"""Many episodes of one task, stepped together."""

from __future__ import annotations

from typing import Optional, Tuple

import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg
from rl_manip_sim.randomization.samples_ahead import SamplesAhead
from rl_manip_sim.signals.signal_path import SensorPath
from rl_manip_sim.signals.stateful import Stateful
from rl_manip_train.environment.divergence import DivergenceCount, diverged
from rl_manip_train.environment.physics_in_turn import PhysicsInTurn
from rl_manip_train.environment.privileged_state import PrivilegedState
from rl_manip_train.environment.signal_paths import SignalPaths
from rl_manip_train.environment.starts import Starts
from rl_manip_train.environment.step import Step
from rl_manip_train.environment.task_sim import task_sim
from rl_manip_train.tasks.rewards import sparse_reward
from rl_manip_train.tasks.task import Readings, Task


class Environment(Stateful):
    """N environments of one task on one simulator, with randomised physics and signals.

    Episodes end by termination (the task can go no further) or truncation (time is up); an
    environment whose episode ended starts the next one within the same call.

    Args:
      task: goals, rewards, observations.
      arm: which arm.
      backend: simulator backend.
      num_envs: N, as the task was made for.
      physics_dt: simulation step [s]; 0 for the task's own.
      randomization: ranges that each environment's physics and signals are drawn from.
      seed: of every draw.
      staggered: start the first episodes at random ages, so that not all end at once.
      num_threads: simulator threads; 0 for one per core.
      sparse_termination: None for the task's own, dense reward; else ``rewards.sparse_reward`` with
        this at a termination.
      sim: a simulator of these very settings to use again; None for one of its own.
      reveals: whether it tells what no sensor does, see ``privileged``.
      eased_share: of the episodes, see ``SamplesAhead``.
    """

    def __init__(
        self,
        task: Task,
        arm: Arm,
        backend: str,
        num_envs: int,
        physics_dt: float,
        randomization: RandomizationCfg,
        seed: int,
        staggered: bool = False,
        num_threads: int = 0,
        sparse_termination: Optional[float] = None,
        sim: Optional[BatchSim] = None,
        reveals: bool = False,
        eased_share: float = 0.0,
    ) -> None:
        task.check(randomization)
        self.task, self.num_envs = task, num_envs
        self.sparse_termination = sparse_termination
        self.sim = sim or task_sim(task, arm, backend, num_envs, physics_dt, num_threads)
        self.device = self.sim.device
        self.episode_steps = round(task.episode_s / task.control_dt)
        self.divergence = DivergenceCount(
            num_envs, self.episode_steps, physics_dt or task.physics_dt
        )
        self._generator = torch.Generator(device=self.device).manual_seed(seed)
        self._paths = SignalPaths(
            arm, num_envs, task.control_dt, task.scene, randomization, self._generator
        )
        self.randomization = randomization
        self._samples = SamplesAhead(
            arm.num_joints, self.sim.num_links, self._generator, task.scene, eased_share
        )
        self._physics = PhysicsInTurn(self.sim)
        self._starts = Starts(task, self.sim, arm, self._generator)
        if getattr(self.sim, "asynchronous", False) and hasattr(task, "draw_on"):
            task.draw_on(self._generator)
        self._privileged: Optional[PrivilegedState] = None
        if reveals:
            carries = arm.gripper is not None
            self._privileged = PrivilegedState(self.sim, carries, task.scene)
        self._weights = task.reward_weights
        self._action = torch.zeros(num_envs, task.action_width)
        self._age = torch.zeros(num_envs, dtype=torch.int64)
        self.begin_anew(staggered)

    @property
    def randomization(self) -> RandomizationCfg:
        """Ranges of the episodes that begin from now on; no delay may exceed those of the first.

        Setting them raises ValueError where one does.
        """
        return self._randomization

    @randomization.setter
    def randomization(self, ranges: RandomizationCfg) -> None:
        self._paths.check(ranges)
        self._randomization = ranges

    def begin_anew(self, staggered: bool) -> None:
        """Start an episode in every environment; staggered as the constructor takes it."""
        self._restart(torch.arange(self.num_envs))
        self.next_goals()
        if staggered:
            self._age = torch.randint(
                0, self.episode_steps, (self.num_envs,), generator=self._generator
            )

    def next_goals(self) -> None:
        """Begin an episode with another goal in every environment, where the arm stands."""
        self.task.draw_goals(torch.arange(self.num_envs))
        self._age.zero_()

    def redraw(self) -> None:
        """Draw physics and signals anew where environments stand; an object stays as it is.

        Raises:
          ValueError: it reveals what it has drawn.
        """
        everyone = torch.arange(self.num_envs)
        if self._privileged is not None:
            raise ValueError("an environment that reveals draws at the start of episodes only")
        physics, signal = self._samples.take(self.randomization, self.num_envs)
        fixed = physics._replace(object_shape=None, support_mass=None, hole_shape=None)
        self._physics.give(everyone, fixed)
        self._paths.reset(everyone, signal, self.sim)

    def observe(self) -> Tensor:
        """Features (N, d) of the last readings."""
        return self.task.observation_model(*self.raw_inputs())

    def privileged(self) -> Tensor:
        """(N, p) drawn physics and signals, the true state; p is 0 if it does not reveal them."""
        if self._privileged is None:
            return torch.zeros(self.num_envs, 0, device=self.device)
        return self._privileged.read(self.sim)

    @property
    def sensors(self) -> SensorPath:
        """What is read of the joints."""
        return self._paths.sensors

    @property
    def begins(self) -> Tensor:
        """(N,) bool: the present readings are the first ones of an episode."""
        return self._age == 0

    def raw_inputs(self) -> Tuple[Tensor, ...]:
        """The policy's raw inputs (N, ...), in the task's order."""
        return self.task.inputs(self.readings())

    def readings(self) -> Readings:
        """What the sensors last said."""
        paths = self._paths
        return Readings(
            paths.sensors.joint_position,
            paths.sensors.joint_velocity,
            None if paths.gripper is None else paths.gripper.opening,
            None if paths.object is None else paths.object.object_pose,
            None if paths.wrist is None else paths.wrist.wrench,
        )

    @torch.no_grad()
    def step(self, action: Tensor) -> Step:
        """Act for one control period.

        Args:
          action: (N, a) normalised, clipped to [-1, 1].
        """
        action = action.clamp(-1.0, 1.0)
        commands = self.task.action_model(action, self.sensors.joint_position)
        return self._advance(commands, action)

    @torch.no_grad()
    def drive(self, commands: Tuple[Tensor, ...]) -> Step:
        """As ``step``, by commands as a policy file gives them; no term of an action is rewarded.

        Args:
          commands: joint velocities (N, n) [rad/s] and, with a gripper, the opening (N, 1) [m].
        """
        return self._advance(commands, self._action)

    def _advance(self, commands: Tuple[Tensor, ...], action: Tensor) -> Step:
        self.sim.step(*self._paths.apply(commands))
        broken = self._replace_diverged()
        self._paths.read(self.sim)
        met = self.task.success(self.sim)
        self._age += torch.where(met, self._older_when_met, 1)

        terms = self.task.reward_terms(self.sim, action, self._action)
        self._action = action
        terminated = self.task.terminated(self.sim)
        if broken is not None:
            terminated = terminated | broken
        truncated = (self._age >= self.episode_steps) & ~terminated
        # the simulator and the task overwrite their own with the episodes that follow
        achieved = self.task.achieved_goal(self.sim).clone()
        extra = self.task.success_extra(self.sim).clone()
        final_inputs = tuple(value.clone() for value in self.raw_inputs())
        final_privileged = self.privileged()
        if self.sparse_termination is None:
            reward = sum(self._weights[name] * term for name, term in terms.items())
        else:
            credit = self.task.goal_credit(achieved, self._goal(final_inputs), extra)
            reward = sparse_reward(credit, terminated, self.sparse_termination)
        if broken is not None:
            reward = reward.masked_fill(broken, 0.0)
        success = truncated & met
        goal_distance = self.task.goal_distance(self.sim)

        ended = torch.nonzero(terminated | truncated)[:, 0]
        if len(ended):
            self._start_episodes(ended, terminated[ended])
            # one call for the states reached and for those that episodes begin in
            fresh = (inputs[ended] for inputs in self.raw_inputs())
            both = (torch.cat(pair) for pair in zip(final_inputs, fresh))
            features = self.task.observation_model(*both)
            final_observation = features[: self.num_envs]
            observation = final_observation.clone()
            observation[ended] = features[self.num_envs :]
        else:
            final_observation = observation = self.task.observation_model(*final_inputs)
        return Step(
            observation,
            self.privileged() if len(ended) else final_privileged,
            final_observation,
            final_privileged,
            final_inputs,
            achieved,
            extra,
            reward,
            terminated,
            truncated,
            success,
            goal_distance,
            terms,
        )

    @property
    def _older_when_met(self) -> int:
        """Steps that an episode grows older in one in which its goal is met."""
        return getattr(self.task, "older_when_met", 1) if self.task.training else 1

    def _replace_diverged(self) -> Optional[Tensor]:
        """Put diverged simulations into a start state; (N,) bool which, None for none.

        Their episode ends in this step: neither policy nor reward sees what they computed.

        Raises:
          SimulationDivergedError: there are too many.
        """
        broken = diverged(self.sim, self.task.scene)
        count = int(broken.sum())
        self.divergence.add(count)
        if not count:
            return None
        env_ids = torch.nonzero(broken)[:, 0]
        self.sim.reset(env_ids, *self.task.draw_start(env_ids).given)
        return broken

    def _goal(self, inputs: Tuple[Tensor, ...]) -> Tensor:
        """(N, g) the goals in raw inputs (N, ...)."""
        names = [spec.name for spec in self.task.input_specs]
        return torch.cat([inputs[names.index(name)] for name in self.task.goal_inputs], dim=1)

    def _start_episodes(self, env_ids: Tensor, terminated: Tensor) -> None:
        """Begin new episodes in environments (k,); some go on from where they are."""
        drawn = torch.rand(len(env_ids), generator=self._generator)
        if self.task.keep_pose_probability == 0.0:
            self._restart(env_ids)
        else:
            self._restart(env_ids[terminated | (drawn >= self.task.keep_pose_probability)])
        self.task.draw_goals(env_ids)
        self._age[env_ids] = 0

    def _restart(self, env_ids: Tensor) -> None:
        """Put environments (k,) at rest in a start pose free of collisions, with new physics."""
        if not len(env_ids):
            return
        physics, signal = self._samples.take(self.randomization, len(env_ids))
        physics = self._physics.give(env_ids, physics)
        self.task.prepare(env_ids, physics)
        if self._privileged is not None:
            self._privileged.reset(env_ids, physics, signal)
        self._starts.put(env_ids)
        self._paths.reset(env_ids, signal, self.sim)
        self._action[env_ids] = 0.0
