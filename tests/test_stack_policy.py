"""The shipped stack policy on the simulated arm, without ROS: its blocks, its camera, its judge."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped

from rl_manip_deploy.evaluation.goal_judge import GoalJudge, GoalResult, Seen, goal_check, time_for
from rl_manip_deploy.evaluation.goal_results import read_goals, where_it_stands
from rl_manip_description import HalfShell
from rl_manip_sim.models.scene import OBJECT_SHAPES, Scene
from rl_manip_sim.ros import block_under_goals, gripper_and_object
from rl_manip_sim.ros.block_under_goals import BlockUnderGoals
from rl_manip_sim.ros.gripper_and_object import ObjectOnTable
from rl_manip_sim.stand_in.hidden_object import ObjectChoice
from rl_manip_sim.stand_in.hidden_parameters import draw_hidden_parameters
from rl_manip_sim.stand_in.simulated_arm import CYCLE, SimulatedArm
from rl_manip_train.policy.onnx_policy import load_onnx_policy

POLICY = Path(__file__).resolve().parents[1] / "policies" / "ur5e_stack" / "policy.onnx"
GOALS, SETTLE = 6, 0.5  # [1, s]


class StackingArm:
    """The simulated arm as `sim_arm_node` has it, its hidden parameters by seed, and the policy."""

    def __init__(self, on_goal: list[Callable[[PoseStamped], None]], seed: int) -> None:
        self.policy = load_onnx_policy(POLICY)
        self.arm, _ = self.policy.arm_and_task()
        scene = Scene(OBJECT_SHAPES, support=True)
        self.sim = SimulatedArm(self.arm, draw_hidden_parameters(6, seed), seed, scene)
        log = SimpleNamespace(info=print, warning=pytest.fail)
        node: Any = SimpleNamespace(get_logger=lambda: log)
        self._thing = ObjectOnTable(node, self.sim, self.arm, "", seed)
        BlockUnderGoals(node, self.sim, self.arm, "", seed, self._thing)
        self._on_goal, self._cycles = on_goal, 0
        self._saw, self._saw_at = self.sim.object.pose, 0.0

    def attempt(self, goal: np.ndarray, region: HalfShell) -> GoalResult:
        """What becomes of a goal (7,) with another object, as `evaluate_node` judges it."""
        metadata = self.policy.metadata
        self._thing.place()
        self.sim.command(np.zeros(6))
        for _ in range(round(SETTLE / CYCLE)):
            self._step()
        goal = where_it_stands(goal, region, self._saw[:3])
        message = PoseStamped()
        message.header.frame_id = self.arm.base_frame
        at = message.pose.position
        at.x, at.y, at.z = map(float, goal[:3])
        self._on_goal[0](message)
        check = goal_check(self.arm, goal, metadata.success, about_object=True)
        timeout = time_for(0.0, metadata.episode_s)
        judge = GoalJudge(check, goal, self._cycles * CYCLE, timeout)
        while judge.result is None:
            self._act(goal[:3])
            for _ in range(round(metadata.control_dt / CYCLE)):
                judge.watch(self._step())
        return judge.result

    def _act(self, goal_position: np.ndarray) -> None:
        reading, gripper = self.sim.step(), self.sim.gripper
        given = (reading.position, reading.velocity, goal_position, [gripper.opening], self._saw)
        rows = (np.asarray(value, dtype=np.float32)[None] for value in given)
        velocity, opening = self.policy.commands(*rows)
        self.sim.command(velocity[0].astype(float))
        gripper.command([float(self.arm.gripper.joint_position(float(opening[0, 0])))])

    def _step(self) -> Seen:
        reading = self.sim.step()
        self._cycles += 1
        now = self._cycles * CYCLE
        seen = self._thing._camera.look(self.sim.object.pose, now)
        if seen is not None:
            self._saw, self._saw_at = seen, now
        place, opening = self._saw[:3], self.sim.gripper.opening
        return Seen(now, reading.position, reading.velocity, opening, place, self._saw_at)


@pytest.fixture
def stacking_arm(monkeypatch) -> StackingArm:
    """Without topics and services: goals are handed over."""
    on_goal: list[Callable[[PoseStamped], None]] = []
    monkeypatch.setattr(
        block_under_goals, "subscription", lambda node, topic, call: on_goal.append(call)
    )
    for name in ("publisher", "serve"):
        monkeypatch.setattr(gripper_and_object, name, lambda *given: None)
    monkeypatch.setattr(gripper_and_object, "declare", lambda node, kind: ObjectChoice())
    return StackingArm(on_goal, seed=1)


def test_it_stacks_on_the_blocks_that_the_simulated_arm_puts_under_goals(stacking_arm):
    metadata = stacking_arm.policy.metadata
    assert metadata.stacks
    region = HalfShell.from_dict(metadata.goal_region)
    goals = read_goals(str(GOALS), 0, region, stacking_arm.arm)
    results = [stacking_arm.attempt(goal, region) for goal in goals]
    assert sum(result.success for result in results) >= GOALS - 1
    for result, goal in zip(results, goals):  # no goal was brought down to the table
        assert result.position[2] == pytest.approx(goal[2])
    sim = stacking_arm.sim
    on_top = sim.object.pose[2] - sim.object.half_height
    assert on_top == pytest.approx(sim.support.height, abs=2e-3)
