"""Closed loop from recorded goals, with a controller whose outcome is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from rl_manip_deploy.policy_file import Command
from rl_manip_description.policy_contract import SuccessCriterion
from rl_manip_gap.measure import measure_gap
from rl_manip_gap.metrics import task_figures
from rl_manip_gap.recording import read_recording
from rl_manip_gap.synthetic_bag import states_and_commands
from rl_manip_gap.task import arm_outcomes, goal_spans, rerun


class JacobianPolicy:
    """Drives the tool straight to the goal: velocity = J+ k (goal - tool)."""

    def __init__(self, arm, gain):
        self._arm, self._gain = arm, gain
        low, high = (0.0, -0.1, 0.0), (1.0, 0.1, 1.0)
        self.metadata = SimpleNamespace(
            success=SuccessCriterion(),
            episode_s=4.0,
            control_dt=0.04,
            joint_names=arm.joint_names,
            velocity_limit=(1.5,) * 6,
            inputs=(SimpleNamespace(name="goal_position", low=low, high=high),),
        )

    def act(self, values):
        position = values["joint_position"]
        tool = self._arm.forward_kinematics(position).position
        wanted = self._gain * (values["goal_position"] - tool)
        return Command(np.linalg.pinv(self._arm.jacobian(position)[:3]) @ wanted)


@pytest.fixture(scope="module")
def recording(arm, tmp_path_factory):
    """An arm that stands still while two goals are set, both out of its reach."""
    time = np.arange(0.0, 6.0, 0.01)
    still = np.tile(arm.home, (len(time), 1))
    tool = arm.forward_kinematics(arm.home).position
    goals = np.array([tool + [0.05, 0.1, 0.05], tool + [0.0, -0.2, -0.1]])
    path = tmp_path_factory.mktemp("bag") / "bag"
    return read_recording(
        states_and_commands(
            path, arm, time, still, 0 * still, time, 0 * still, goals=(np.array([0.5, 3.0]), goals)
        ),
        arm,
    )


def test_the_simulation_meets_goals_that_the_arm_did_not(arm, recording):
    spans = goal_spans(recording)
    real = arm_outcomes(recording, arm, spans, SuccessCriterion())
    sim = rerun(arm, JacobianPolicy(arm, 3.0), recording, spans)
    assert [outcome.success for outcome in real] == [False, False]
    assert real[0].final_distance_m == pytest.approx(np.sqrt(0.05**2 + 0.1**2 + 0.05**2))
    assert task_figures(sim.outcomes)["success_rate"].value == 1.0
    # exp(-3 t) of 122 mm is 20 mm after 0.6 s; the servo and the speed criterion add to it
    assert 0.6 < sim.outcomes[0].time_to_goal_s < 2.0
    assert sim.outcomes[0].final_distance_m < 1e-3


def test_a_policy_that_does_nothing_meets_nothing(arm, recording):
    sim = rerun(arm, JacobianPolicy(arm, 0.0), recording, goal_spans(recording))
    assert not any(outcome.success for outcome in sim.outcomes)


def test_inputs_outside_training_are_counted(arm, twin, recording):
    gap = measure_gap(recording, arm, twin, JacobianPolicy(arm, 3.0))
    shares = gap.inputs["goal_position"]
    outside = np.abs(recording.goals.position[:, 1]) > 0.1
    assert shares.share_outside == outside.mean()
    assert shares.per_element == (0.0, outside.mean(), 0.0)
