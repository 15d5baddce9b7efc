"""A policy that runs in simulation while people drag its goal and turn sliders."""

from __future__ import annotations

from collections import deque
from typing import Deque, Dict, Optional, Tuple

import numpy as np

from rl_manip_cockpit.simulated.copies import aim, can_be_aimed, copies_of, rewards_of
from rl_manip_cockpit.simulated.knobs import knobs_of, longest_delays, ranges_at
from rl_manip_cockpit.state.asked import Asked
from rl_manip_cockpit.state.goal_choice import GoalChoice, GoalError
from rl_manip_cockpit.state.trial.goal_tries import GoalTries
from rl_manip_cockpit.state.trial.trial_seen import TrialSeen
from rl_manip_deploy.evaluation.goal_results import where_it_stands
from rl_manip_description.contract.policy_contract import PolicyMetadata
from rl_manip_sim.models.scene import Scene
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg
from rl_manip_train.environment.divergence import SimulationDivergedError
from rl_manip_train.environment.environment import Environment
from rl_manip_train.policy.onnx_policy import OnnxPolicy

BACKEND = "mujoco"
WINDOW = 5.0
"""Time over which inputs unlike training are counted [s]."""


class PolicyTrial:
    """One simulated arm; what pages ask for, see `TrialOrders`, is done before the next step.

    Goals follow each other as in an evaluation until somebody drags one; that one stays.

    Args:
        policy: runs it.
        seed: of start poses, goals and noise.
        physics_dt: simulation step [s]; 0 for the task's own.

    Raises:
        ValueError: the policy does not fit its arm or task.
    """

    def __init__(self, policy: OnnxPolicy, seed: int = 0, physics_dt: float = 0.0) -> None:
        self._policy, self._seed, self._physics_dt = policy, seed, physics_dt
        metadata: PolicyMetadata = policy.metadata
        self._metadata = metadata
        self.arm, task = policy.arm_and_task(seed)
        """Which arm, with its gripper."""
        self.goals = GoalChoice(self.arm, metadata, seed)
        """Which goals may be dragged."""
        self.knobs = knobs_of(metadata.randomization, task.scene, self.arm.gripper is not None)
        """The sliders."""
        self._trained = RandomizationCfg.from_dict(metadata.randomization)
        self.figures: Dict[str, float] = {knob.name: knob.nominal for knob in self.knobs}
        """What every slider says, by name."""
        self.is_paused = False
        self._note, self._number = "", 0
        self._held: Optional[np.ndarray] = None
        self._held_by: Optional[int] = None
        self._tries = GoalTries(metadata.episode_s)
        window = max(1, round(WINDOW / metadata.control_dt))
        self._strange: Deque[Tuple[bool, ...]] = deque(maxlen=window)
        self._distance = 0.0
        self._rewards: Dict[str, float] = {}
        self._asked = Asked()
        self._environment = self._made()
        self.can_be_aimed = can_be_aimed(self._environment)
        """Whether goals can be dragged."""

    def pause(self, page: int) -> None:
        """See `TrialOrders`."""
        self._asked.put(self._pause)

    def restart(self, page: int) -> None:
        """See `TrialOrders`."""
        self._asked.put(self._restart)

    def draw_goal(self, page: int) -> None:
        """See `TrialOrders`."""
        self._asked.put(self._draw_goal)

    def hold_goal(self, page: int, position: np.ndarray, wxyz: np.ndarray) -> None:
        """See `TrialOrders`."""
        self._asked.put(lambda: self._hold_goal(page, position, wxyz))

    def turn(self, page: int, figures: Dict[str, float]) -> None:
        """See `TrialOrders`."""
        self._asked.put(lambda: self._turn(figures))

    def do_what_is_asked(self) -> None:
        """Carries out what pages asked for since the last call."""
        figures = dict(self.figures)
        self._asked.carry_out()
        if figures != self.figures:
            self._environment.randomization = self._ranges()
            self._environment.redraw()
            self._tries.forget()

    def advance(self) -> None:
        """One control period."""
        environment = self._environment
        inputs = [value.cpu().numpy() for value in environment.raw_inputs()]
        pairs = zip(self._metadata.inputs, inputs)
        self._strange.append(tuple(not spec.was_seen(value) for spec, value in pairs))
        try:
            step = environment.drive(self._policy.act(environment))
        except SimulationDivergedError:
            self._note = "the simulation itself broke down under these sliders: begun anew"
            self._tries.judge(failed=True)
            self._environment = self._made()
            self._next_goal()
            return
        self._distance = float(step.goal_distance[0])
        self._rewards = rewards_of(environment, step)
        if bool(step.terminated[0]):
            self._tries.judge(failed=True)
            self._note = _why_stopped(environment.task.scene)
            self._next_goal()
            return
        is_met = bool(environment.task.success(environment.sim)[0])
        self._tries.advance(self._metadata.control_dt, is_met)
        if self._tries.is_over:
            self._tries.judge()
            if self._held is None:
                self._draw_goal()

    def look(self, pace: float) -> TrialSeen:
        """What is to be shown; `pace` is simulated over real time [1]."""
        names = [spec.name for spec in self._metadata.inputs]
        shares = np.mean(self._strange, axis=0) if self._strange else np.zeros(len(names))
        return TrialSeen(
            copies_of(self._environment)[0],
            self.is_paused,
            self._held_by,
            self._number,
            self._distance,
            self._tries.elapsed,
            self._tries.met_since,
            self._tries.tally,
            dict(zip(names, map(float, shares))),
            self._rewards,
            pace,
            self._note,
        )

    def _made(self) -> Environment:
        """A new simulation, at rest in a start pose."""
        ranges = self._ranges()
        task = self._policy.arm_and_task(self._seed)[1]
        self._seed += 1
        room = longest_delays(ranges, self.knobs)
        environment = Environment(
            task, self.arm, BACKEND, 1, self._physics_dt, room, self._seed, num_threads=1
        )
        environment.episode_steps = np.iinfo(np.int64).max  # `GoalTries` keeps the time
        environment.randomization = ranges
        environment.begin_anew(staggered=False)
        return environment

    def _ranges(self) -> RandomizationCfg:
        return ranges_at(self.figures, self.knobs, self._trained)

    def _next_goal(self) -> None:
        """The environment has drawn one; a held goal stays the goal."""
        if self._held is not None:
            aim(self._environment, self._held)
        self._number += 1
        self._tries.begin()

    def _pause(self) -> None:
        self.is_paused = not self.is_paused

    def _restart(self) -> None:
        self._environment.begin_anew(staggered=False)
        self._note = "begun anew in another start pose"
        self._next_goal()

    def _draw_goal(self) -> None:
        """From where the arm stands; with an object or a hole everything begins anew."""
        self._held = self._held_by = None
        if self._environment.task.scene.is_empty:
            self._environment.next_goals()
        else:
            self._environment.begin_anew(staggered=False)
        self._next_goal()

    def _hold_goal(self, page: int, position: np.ndarray, wxyz: np.ndarray) -> None:
        try:
            goal = self.goals.dragged(position, wxyz)
        except GoalError as error:
            self._note = str(error)
            return
        thing = copies_of(self._environment)[0].object
        if thing is not None:
            standing = np.array([*thing.pose[:2], thing.half_extents[2]])
            goal = where_it_stands(goal, self.goals.region, standing)
        self._environment.next_goals()  # a policy's memory begins with its goal
        self._held, self._held_by, self._note = goal, page, ""
        self._next_goal()

    def _turn(self, figures: Dict[str, float]) -> None:
        known = {knob.name: knob for knob in self.knobs}
        for name, figure in figures.items():
            if name in known and np.isfinite(figure):
                self.figures[name] = known[name].within(figure)


def _why_stopped(scene: Scene) -> str:
    """What may have ended an attempt early."""
    if scene.is_empty:
        return "stopped early: a collision"
    if scene.has_hole:
        return "stopped early: a collision, or too large a force at the wrist"
    also = ", or the block was pushed away" if scene.support else ""
    return f"stopped early: a collision, or the object is out of reach{also}"
