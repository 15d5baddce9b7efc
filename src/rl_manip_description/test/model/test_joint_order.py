"""Vectors by name: every order gives the same vector, everything doubtful is refused."""

import itertools

import numpy as np
import pytest

from rl_manip_description.model.joint_order import JointNamesError, JointOrder

NAMES = ("pan", "lift", "elbow", "wrist_1", "wrist_2", "wrist_3")
ORDER = JointOrder(NAMES)


def test_all_720_orders_give_the_same_vector():
    value = dict(zip(NAMES, range(6)))
    for names in itertools.permutations(NAMES):
        picked = ORDER.pick_exactly(names, [value[name] for name in names], "velocities")
        np.testing.assert_array_equal(picked, range(6))


def test_other_joints_beside_the_arm_s_are_left_out():
    names = ("finger", *reversed(NAMES))
    np.testing.assert_array_equal(ORDER.pick(names, range(7), "positions"), [6, 5, 4, 3, 2, 1])
    assert not ORDER.concerns(("finger",))
    with pytest.raises(JointNamesError, match="7 joint names, expected 6"):
        ORDER.pick_exactly(names, range(7), "positions")


@pytest.mark.parametrize(
    ("names", "values", "said"),
    [
        (NAMES[:5], range(5), "wrist_3 is missing"),
        ((*NAMES[:5], "pan"), range(6), "wrist_3 is missing"),
        ((*NAMES, "pan"), range(7), "pan is there twice"),
        (NAMES, range(5), "5 positions for 6 joint names"),
        ((), (), "pan is missing"),
    ],
)
def test_doubtful_names_are_refused(names, values, said):
    with pytest.raises(JointNamesError, match=said):
        ORDER.pick(names, values, "positions")


def test_the_prefix_belongs_to_the_names():
    order = JointOrder(NAMES, prefix="left_")
    names = [f"left_{name}" for name in NAMES]
    np.testing.assert_array_equal(order.pick(names, range(6), "positions"), range(6))
    assert not order.concerns(NAMES)
