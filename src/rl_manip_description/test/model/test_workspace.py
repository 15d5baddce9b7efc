import numpy as np
import pytest

from rl_manip_description import HalfShell, known_arms, load_arm

SHELL = HalfShell(
    center=(0.0, 0.0, 0.2),
    inner_radius=0.3,
    outer_radius=0.8,
    min_height=0.1,
    min_axis_distance=0.25,
    max_azimuth=2.0,
)


def test_contains_checks_each_bound():
    points = {
        (0.5, 0.0, 0.2): True,
        (0.29, 0.0, 0.2): False,  # inside the inner sphere
        (0.81, 0.0, 0.2): False,  # outside the outer sphere
        (0.5, 0.0, 0.09): False,  # too low
        (0.2, 0.1, 0.6): False,  # 0.224 m from the base's axis
        (-0.2, 0.5, 0.3): True,  # 1.95 rad to the left
        (-0.2, -0.5, 0.3): True,  # and to the right
        (-0.3, 0.5, 0.3): False,  # 2.11 rad to the left: behind the arm
        (0.0, 0.26, 0.9): True,
    }
    assert SHELL.contains(np.array(list(points))).tolist() == list(points.values())
    assert SHELL.contains(np.array([0.5, 0.0, 0.2])).shape == ()


def test_samples_lie_inside_and_a_seed_repeats_them():
    points = SHELL.sample(5000, np.random.default_rng(0))
    assert points.shape == (5000, 3)
    assert SHELL.contains(points).all()
    np.testing.assert_array_equal(points, SHELL.sample(5000, np.random.default_rng(0)))
    assert SHELL.sample(0, np.random.default_rng(0)).shape == (0, 3)


def test_samples_are_uniform_in_volume():
    # Half of a ball above its centre: volume grows with the cube of the radius, so half of it lies
    # within 0.5 ** (1 / 3) of the radius; four azimuth quarters hold a quarter each.
    ball = HalfShell((0.0, 0.0, 0.0), 0.0, 1.0, 0.0, 0.0, np.pi)
    points = ball.sample(20000, np.random.default_rng(1))
    within = np.linalg.norm(points, axis=1) < 0.5 ** (1 / 3)
    # Standard error of a share of 1/2 among 20000 is 0.0035.
    assert within.mean() == pytest.approx(0.5, abs=0.014)
    quarters = np.bincount(2 * (points[:, 0] > 0) + (points[:, 1] > 0), minlength=4)
    np.testing.assert_allclose(quarters / 20000, 0.25, atol=0.013)


def test_dictionary_round_trip():
    values = SHELL.to_dict()
    assert values == {
        "center": [0.0, 0.0, 0.2],
        "inner_radius": 0.3,
        "outer_radius": 0.8,
        "min_height": 0.1,
        "min_axis_distance": 0.25,
        "max_azimuth": 2.0,
    }
    assert HalfShell.from_dict(values) == SHELL


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inner_radius": 0.9}, "is empty"),
        ({"min_height": 1.1}, "nothing of the shell"),
        ({"min_axis_distance": 0.9}, "nothing of the shell"),
        ({"outer_radius": float("nan")}, "all finite"),
        ({"max_azimuth": 0.0}, "max_azimuth"),
        ({"max_azimuth": 3.2}, "max_azimuth"),
        ({"outer_radius": "wide"}, "must hold numbers"),
        ({"center": [0.0, 0.0]}, "three numbers"),
        ({"colour": 1.0}, "must have the keys"),
    ],
)
def test_wrong_figures_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        HalfShell.from_dict({**SHELL.to_dict(), **change})


def solve_inverse_kinematics(arm, targets, rng):
    """Joint positions [rad] that bring the tool to targets (m, 3), by damped least squares.

    Starts at home with the pan joint turned towards the target and at perturbations of that;
    returns (starts, m, n) within the limits, and whether each one reached its target.
    """
    starts = np.tile(arm.home, (6, len(targets), 1))
    starts[..., 0] += arm.chain.first_axis[2] * np.arctan2(targets[:, 1], targets[:, 0])
    starts[1:] += rng.normal(0.0, 0.6, starts[1:].shape)
    position = starts
    for _ in range(80):
        error = targets - arm.forward_kinematics(position).position
        # At most 0.1 m a step, so that the linearisation holds.
        distance = np.linalg.norm(error, axis=-1, keepdims=True)
        error *= np.minimum(1.0, 0.1 / np.maximum(distance, 1e-9))
        jacobian = arm.jacobian(position)[..., :3, :]
        transposed = np.swapaxes(jacobian, -1, -2)
        damped = jacobian @ transposed + 1e-4 * np.eye(3)
        position = position + (transposed @ np.linalg.solve(damped, error[..., None]))[..., 0]
        position = np.clip(position, arm.limits.position_lower, arm.limits.position_upper)
    distance = np.linalg.norm(targets - arm.forward_kinematics(position).position, axis=-1)
    return position, distance < 1e-4


@pytest.mark.parametrize("name", known_arms())
def test_the_tool_reaches_every_goal_with_the_arm_above_the_table(name):
    pytest.importorskip("mujoco", reason="mujoco checks collisions here")
    from clearance import PosedArm

    arm = load_arm(name)
    posed = PosedArm(arm)
    rng = np.random.default_rng(0)
    targets = arm.workspace.sample(60, rng)
    poses, reached = solve_inverse_kinematics(arm, targets, rng)

    def is_free(pose):
        posed.move(pose)
        return posed.is_free()

    for target, candidates, works in zip(targets, poses.swapaxes(0, 1), reached.T):
        assert any(is_free(pose) for pose in candidates[works]), f"{target} is out of reach"
