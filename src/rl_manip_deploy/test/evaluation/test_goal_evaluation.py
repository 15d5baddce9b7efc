"""Goals from a number or a file, and the file that is written."""

import json
from dataclasses import replace

import numpy as np
import pytest

from rl_manip_deploy.evaluation.goal_judge import GoalResult
from rl_manip_deploy.evaluation.goal_results import (
    GoalsError,
    read_goals,
    where_it_stands,
    write_evaluation,
)
from rl_manip_description import load_arm

ARM = load_arm("ur5e")


def test_number_draws_from_the_region_by_seed():
    goals = read_goals("20", 3, ARM.workspace, ARM)
    assert goals.shape == (20, 7)
    assert np.all(ARM.workspace.contains(goals[:, :3]))
    np.testing.assert_array_equal(goals, read_goals("20", 3, ARM.workspace, ARM))
    assert not np.allclose(goals, read_goals("20", 4, ARM.workspace, ARM))


def test_goals_on_the_table_are_at_the_height_of_the_object_that_stands_there():
    goal, standing = np.array([0.4, 0.1, 0.06, 0.0, 0.0, 0.0, 1.0]), np.array([0.3, 0.0, 0.025])
    table = replace(ARM.workspace, min_height=0.005)
    np.testing.assert_array_equal(
        where_it_stands(goal, table, standing), [0.4, 0.1, 0.025, 0.0, 0.0, 0.0, 1.0]
    )
    in_the_air = replace(ARM.workspace, min_height=0.1)
    np.testing.assert_array_equal(where_it_stands(goal, in_the_air, standing), goal)


@pytest.mark.parametrize("name", ["goals.yaml", "goals.json"])
def test_file_gives_its_points(tmp_path, name):
    path = tmp_path / name
    path.write_text("[[0.4, 0.1, 0.3], [0.3, -0.3, 0.5]]")
    goals = read_goals(str(path), 0, ARM.workspace, ARM)
    np.testing.assert_array_equal(goals[:, :3], [[0.4, 0.1, 0.3], [0.3, -0.3, 0.5]])


def test_goals_that_are_turned_are_poses(tmp_path):
    goals = read_goals("20", 3, ARM.workspace, ARM, turned=True)
    assert np.all(ARM.workspace.contains(goals[:, :3]))
    np.testing.assert_allclose(np.linalg.norm(goals[:, 3:], axis=1), 1.0)
    assert goals[:, 3:].std(axis=0).min() > 0.02
    path = tmp_path / "goals.yaml"
    path.write_text("[[0.4, 0.1, 0.3, 0.0, 0.6, 0.0, 0.8]]")
    read = read_goals(str(path), 0, ARM.workspace, ARM, turned=True)
    np.testing.assert_array_equal(read, [[0.4, 0.1, 0.3, 0.0, 0.6, 0.0, 0.8]])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[0.4, 0.1, 0.3]]", "a quaternion xyzw"),
        ("[[0.4, 0.1, 0.3, 0, 0, 0, 0]]", "no unit quaternion"),
    ],
)
def test_goal_without_an_orientation_is_refused_where_it_counts(tmp_path, text, said):
    path = tmp_path / "goals.yaml"
    path.write_text(text)
    with pytest.raises(GoalsError, match=said):
        read_goals(str(path), 0, ARM.workspace, ARM, turned=True)


@pytest.mark.parametrize("goals", ["0", "-3", "20000", "none.yaml", "2.5", ""])
def test_neither_number_nor_file_is_refused(goals):
    with pytest.raises(GoalsError, match="goals is"):
        read_goals(goals, 0, ARM.workspace, ARM)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "expected a list"),
        ("{a: 1}", "expected a list"),
        ("[[0.4, 0.1]]", "three finite numbers"),
        ("[[0.4, 0.1, .nan]]", "three finite numbers"),
        ("[[0.4, 0.1, high]]", "three finite numbers"),
        ("[[0.4, 0.1, 0.3], [4.0, 0.0, 0.3]]", "goal 1 .* out of reach"),
        ("[[0.4, 0.1, -0.1]]", "out of reach"),
        ("[[1, 2", "goals is"),
    ],
)
def test_bad_file_is_refused(tmp_path, text, said):
    path = tmp_path / "goals.yaml"
    path.write_text(text)
    with pytest.raises(GoalsError, match=said):
        read_goals(str(path), 0, ARM.workspace, ARM)


def test_written_file_has_the_agreed_keys(tmp_path):
    results = [
        GoalResult((0.4, 0.1, 0.3), True, 0.01, 1.5),
        GoalResult((0.3, 0.2, 0.5), False, 0.05, None),
    ]
    about = {"arm": "ur5e", "hardware": "sim", "policy": "policy.onnx", "seed": 0}
    path = write_evaluation(tmp_path / "new" / "run", about, results)
    assert json.loads(path.read_text()) == {
        **about,
        "goals": 2,
        "successes": 1,
        "mean_final_distance_m": pytest.approx(0.03),
        "mean_time_to_goal_s": 1.5,
        "per_goal": [
            {
                "position": [0.4, 0.1, 0.3],
                "success": True,
                "final_distance_m": 0.01,
                "time_to_goal_s": 1.5,
            },
            {
                "position": [0.3, 0.2, 0.5],
                "success": False,
                "final_distance_m": 0.05,
                "time_to_goal_s": None,
            },
        ],
    }
    assert [p.name for p in path.parent.iterdir()] == ["evaluation.json"]


def test_goals_whose_object_was_never_seen_have_no_distance(tmp_path):
    unseen = GoalResult((0.4, 0.1, 0.3), False, None, None)
    seen = GoalResult((0.3, 0.2, 0.5), False, 0.05, None)
    written = json.loads(write_evaluation(tmp_path, {}, [unseen, seen]).read_text())
    assert written["mean_final_distance_m"] == pytest.approx(0.05)
    assert written["per_goal"][0]["final_distance_m"] is None
    written = json.loads(write_evaluation(tmp_path, {}, [unseen]).read_text())
    assert written["mean_final_distance_m"] is None
