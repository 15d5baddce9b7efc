"""Goals that a page may send."""

from pathlib import Path

import numpy as np
import pytest

from rl_manip_cockpit.state.goal_choice import GoalChoice, GoalError
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
POLICIES = Path(__file__).resolve().parents[4] / "policies"
UPRIGHT = (1.0, 0.0, 0.0, 0.0)


def test_what_is_dragged_becomes_a_goal_with_its_quaternion_xyzw():
    goal = GoalChoice(ARM).dragged((0.4, 0.1, 0.3), (0.0, 2.0 / 2**0.5, 0.0, 0.0))
    assert goal == pytest.approx([0.4, 0.1, 0.3, 1.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("position", "wxyz", "said"),
    [
        ((9.0, 0.0, 0.3), UPRIGHT, "goal (9.000, 0.000, 0.300) m refused: the ur5e reaches"),
        ((0.4, 0.0, -0.1), UPRIGHT, "above the table"),
        ((np.nan, 0.0, 0.3), UPRIGHT, "three finite numbers"),
        ((0.4, 0.3), UPRIGHT, "three finite numbers"),
        ("nonsense", UPRIGHT, "no place"),
        (None, UPRIGHT, "no place"),
        ((0.4, 0.0, 0.3), (0.0, 0.0, 0.0, 0.0), "no rotation"),
        ((0.4, 0.0, 0.3), (1.0, 0.0), "no place"),
        ((0.4, 0.0, 0.3), (np.inf, 0.0, 0.0, 0.0), "three finite numbers"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(position, wxyz, said):
    with pytest.raises(GoalError) as refusal:
        GoalChoice(ARM).dragged(position, wxyz)
    assert said in str(refusal.value)


def test_drawn_goals_differ_and_lie_in_the_region():
    goals = GoalChoice(ARM, seed=3)
    drawn = np.array([goals.drawn() for _ in range(20)])
    assert ARM.workspace.contains(drawn[:, :3]).all()
    assert len(np.unique(drawn[:, 0])) == 20


def test_goals_are_those_of_the_policy_that_is_loaded():
    goals = GoalChoice(ARM)
    told = load_policy(POLICIES / "ur5e_reach_pose" / "policy.onnx").metadata
    assert (goals.region, goals.is_turned) == (ARM.workspace, False)
    goals.take_policy(told)
    assert goals.is_turned
    assert goals.drawn()[3:].tolist() != [0.0, 0.0, 0.0, 1.0]
    goals.take_policy(load_policy(POLICIES / "ur5e_reach" / "policy.onnx").metadata)
    assert not goals.is_turned


def test_home_is_where_the_tool_is_at_home():
    home = GoalChoice(ARM).home
    tool = ARM.forward_kinematics(ARM.home)
    assert home == pytest.approx(np.concatenate((tool.position, tool.quaternion)))


def test_goals_of_an_object_stand_where_it_stands():
    goals = GoalChoice(ARM)
    goals.is_of_object = True
    with pytest.raises(GoalError, match="where the object is"):
        goals.drawn()
    # the region begins at 0.1 m: one that stands higher is lifted to a place of its own height
    assert goals.drawn(np.array([0.5, 0.0, 0.2]))[2] == 0.2
