"""Self-collision of the collision shapes, as MuJoCo sees them."""

import itertools

import numpy as np
import pytest

from rl_manip_description import known_arms, load_arm

mujoco = pytest.importorskip("mujoco", reason="mujoco computes distances between shapes here")

LINKS = (
    "base_link",
    "shoulder_link",
    "upper_arm_link",
    "forearm_link",
    "wrist_1_link",
    "wrist_2_link",
    "wrist_3_link",
)


@pytest.fixture(scope="module", params=known_arms())
def loaded(request):
    """Arm, MuJoCo model and data of its URDF."""
    arm = load_arm(request.param)
    model = mujoco.MjSpec.from_file(str(arm.urdf_path)).compile()
    return arm, model, mujoco.MjData(model)


def collision_shapes(model, link):
    body = model.body(link)
    shapes = np.arange(body.geomadr[0], body.geomadr[0] + body.geomnum[0])
    return shapes[model.geom_contype[shapes] != 0]


def clearance(model, data, pose, pair):
    """Smallest distance [m] between two links' collision shapes, negative if they overlap."""
    data.qpos[:] = pose
    mujoco.mj_kinematics(model, data)
    shapes = (collision_shapes(model, link) for link in pair)
    return min(
        mujoco.mj_geomDistance(model, data, a, b, 1.0, None) for a, b in itertools.product(*shapes)
    )


def checked_pairs(arm):
    allowed = {frozenset(pair) for pair in arm.allowed_collisions}
    return [p for p in itertools.combinations(LINKS, 2) if frozenset(p) not in allowed]


def test_few_shapes_so_that_batches_stay_fast(loaded):
    _, model, _ = loaded
    counts = [len(collision_shapes(model, link)) for link in LINKS]
    assert min(counts) >= 1
    assert sum(counts) <= 10


def test_only_joined_links_may_touch(loaded):
    arm, _, _ = loaded
    assert arm.allowed_collisions == tuple(zip(LINKS, LINKS[1:]))


def test_home_is_free_and_all_is_above_the_table(loaded):
    arm, model, data = loaded
    for pair in checked_pairs(arm):
        # 1 cm: twice the contact distance that simulators add to shapes.
        assert clearance(model, data, arm.home, pair) > 0.01, pair
    for link in LINKS[1:]:
        for shape in collision_shapes(model, link):
            radius, half_length, _ = model.geom_size[shape]
            # Lowest point of a cylinder whose axis makes the angle a with the vertical.
            cos_a = abs(data.geom_xmat[shape][8])
            reach_down = half_length * cos_a + radius * np.sqrt(1.0 - min(cos_a, 1.0) ** 2)
            assert data.geom_xpos[shape][2] - reach_down > 0.07, link


def test_poses_about_home_are_free(loaded):
    arm, model, data = loaded
    rng = np.random.default_rng(0)
    for pose in arm.home + rng.uniform(-0.5, 0.5, (20, 6)):
        for pair in checked_pairs(arm):
            assert clearance(model, data, pose, pair) > 0.0, (pose, pair)


# Elbow folded nearly flat: the wrist would stand inside the upper arm's tube. Wrist 1 and 2 turned
# until the flange points at the forearm.
FOLDED = {
    ("upper_arm_link", "wrist_1_link"): [0.0, -1.57, 3.1, 0.0, 0.0, 0.0],
    ("forearm_link", "wrist_3_link"): [0.0, -1.57, 0.0, 1.57, np.pi, 0.0],
}


@pytest.mark.parametrize("pair", FOLDED)
def test_folding_is_seen_as_collision(loaded, pair):
    _, model, data = loaded
    assert clearance(model, data, FOLDED[pair], pair) < 0.0
