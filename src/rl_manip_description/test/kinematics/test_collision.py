import numpy as np
import pytest

from rl_manip_description import known_arms, load_arm

pytest.importorskip("mujoco", reason="mujoco computes distances between shapes here")

from clearance import PosedArm, links_of
from published_dh import LENGTHS


@pytest.fixture(scope="module", params=known_arms())
def loaded(request):
    """An arm and its collision shapes."""
    arm = load_arm(request.param)
    return arm, PosedArm(arm)


def test_few_shapes_so_that_batches_stay_fast(loaded):
    _, posed = loaded
    counts = [len(posed.shapes(link)) for link in posed.links]
    assert min(counts) >= 1
    assert sum(counts) <= 2 * len(posed.links)


def test_joined_links_may_touch_and_on_our_own_shapes_no_others(loaded):
    arm, _ = loaded
    links = links_of(arm)
    joined = set(zip(links, links[1:]))
    if arm.name in LENGTHS:
        assert set(arm.allowed_collisions) == joined
    assert joined <= set(arm.allowed_collisions)
    assert all(links.index(first) < links.index(second) for first, second in arm.allowed_collisions)


def test_home_is_free_with_room_to_spare(loaded):
    arm, posed = loaded
    posed.move(arm.home)
    for pair in posed.checked_pairs:
        assert posed.distance(pair) > 0.01, pair
    # the lowest part that moves is the shoulder's housing, 1 cm above the table of some
    assert posed.lowest_point() > 0.01


def test_poses_about_home_are_free(loaded):
    arm, posed = loaded
    rng = np.random.default_rng(0)
    spread = np.minimum(arm.practice.start_spread, 0.5)
    for pose in arm.limits.within(arm.home + rng.uniform(-spread, spread, (20, arm.num_joints))):
        posed.move(pose)
        assert posed.is_free(), pose


# Elbow folded nearly flat: the wrist would stand inside the upper arm's tube. Wrist 1 and 2 turned
# until the flange points at the forearm.
FOLDED = {
    ("upper_arm_link", "wrist_1_link"): [0.0, -1.57, 3.1, 0.0, 0.0, 0.0],
    ("forearm_link", "wrist_3_link"): [0.0, -1.57, 0.0, 1.57, np.pi, 0.0],
}


@pytest.mark.parametrize("name", LENGTHS)
@pytest.mark.parametrize("pair", FOLDED)
def test_folding_is_seen_as_collision(name, pair):
    posed = PosedArm(load_arm(name))
    posed.move(FOLDED[pair])
    assert posed.distance(pair) < 0.0
    assert not posed.is_free()


@pytest.mark.parametrize("name", LENGTHS)
def test_leaning_into_the_table_is_seen_as_collision(name):
    posed = PosedArm(load_arm(name))
    # Stretched out at 0.3 rad below the horizontal: the elbow is sin(0.3) of the upper arm lower
    # than the shoulder, the wrist sin(0.3) of both.
    posed.move([0.0, 0.3, 0.0, 0.0, 0.0, 0.0])
    assert posed.lowest_point() < 0.0
    assert not posed.is_free()
