import numpy as np
import pytest

from rl_manip_description import known_arms, load_arm

pytest.importorskip("mujoco", reason="mujoco computes distances between shapes here")

from clearance import LINKS, PosedArm


@pytest.fixture(scope="module", params=known_arms())
def loaded(request):
    """An arm and its collision shapes."""
    arm = load_arm(request.param)
    return arm, PosedArm(arm)


def test_few_shapes_so_that_batches_stay_fast(loaded):
    _, posed = loaded
    counts = [len(posed.shapes(link)) for link in LINKS]
    assert min(counts) >= 1
    assert sum(counts) <= 10


def test_only_joined_links_may_touch(loaded):
    arm, _ = loaded
    assert arm.allowed_collisions == tuple(zip(LINKS, LINKS[1:]))


def test_home_is_free_with_room_to_spare(loaded):
    arm, posed = loaded
    posed.move(arm.home)
    for pair in posed.checked_pairs:
        assert posed.distance(pair) > 0.01, pair
    # The shoulder's housing ends 7 cm above the table on the smallest arm.
    assert posed.lowest_point() > 0.07


def test_poses_about_home_are_free(loaded):
    arm, posed = loaded
    for pose in arm.home + np.random.default_rng(0).uniform(-0.5, 0.5, (20, 6)):
        posed.move(pose)
        assert posed.is_free(), pose


# Elbow folded nearly flat: the wrist would stand inside the upper arm's tube. Wrist 1 and 2 turned
# until the flange points at the forearm.
FOLDED = {
    ("upper_arm_link", "wrist_1_link"): [0.0, -1.57, 3.1, 0.0, 0.0, 0.0],
    ("forearm_link", "wrist_3_link"): [0.0, -1.57, 0.0, 1.57, np.pi, 0.0],
}


@pytest.mark.parametrize("pair", FOLDED)
def test_folding_is_seen_as_collision(loaded, pair):
    _, posed = loaded
    posed.move(FOLDED[pair])
    assert posed.distance(pair) < 0.0
    assert not posed.is_free()


def test_leaning_into_the_table_is_seen_as_collision(loaded):
    _, posed = loaded
    # Stretched out at 0.3 rad below the horizontal: the elbow is sin(0.3) of the upper arm lower
    # than the shoulder, the wrist sin(0.3) of both.
    posed.move([0.0, 0.3, 0.0, 0.0, 0.0, 0.0])
    assert posed.lowest_point() < 0.0
    assert not posed.is_free()
