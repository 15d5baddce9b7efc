"""Solids as a URDF and people give them."""

import numpy as np
import pytest
from published_dh import LENGTHS

from rl_manip_description import load_arm
from rl_manip_description.kinematics.link_shapes import (
    BASE,
    joined_links,
    read_solids,
    solid,
    together,
)

URDF = """<robot name="small">
  <link name="world"/>
  <link name="base"><collision><origin xyz="0 0 0.1"/>
    <geometry><box size="0.2 0.4 0.6"/></geometry></collision></link>
  <link name="arm"><collision><origin rpy="0 1.5707963267948966 0"/>
    <geometry><cylinder radius="0.05" length="0.3"/></geometry></collision></link>
  <link name="tip"><collision><geometry>{tip}</geometry></collision></link>
  <joint name="stand" type="fixed"><parent link="world"/><child link="base"/>
    <origin xyz="0 0 1"/></joint>
  <joint name="turn" type="revolute"><parent link="base"/><child link="arm"/>
    <origin xyz="0 0 0.5"/></joint>
  <joint name="mount" type="{mount}"><parent link="arm"/><child link="tip"/>
    <origin xyz="0.3 0 0"/></joint>
</robot>"""


def write(tmp_path, tip='<sphere radius="0.02"/>', mount="fixed"):
    path = tmp_path / "small.urdf"
    path.write_text(URDF.format(tip=tip, mount=mount))
    return path


def test_shapes_are_read_from_the_links_that_carry_them(tmp_path):
    solids = read_solids(write(tmp_path), ["turn"], "base")
    assert solids.name == ("base", "arm", "tip")
    np.testing.assert_array_equal(solids.link, [BASE, 0, 0])
    np.testing.assert_allclose(solids.half, [[0.1, 0.2, 0.3], [0.0, 0.0, 0.15], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(solids.disc, [0.0, 0.05, 0.0])
    np.testing.assert_allclose(solids.ball, [0.0, 0.0, 0.02])
    # the base's frame is the base link's, whatever the base stands on; fixed joints are merged
    np.testing.assert_allclose(solids.pose[:, :3, 3], [[0, 0, 0.1], [0, 0, 0], [0.3, 0, 0]])
    # the cylinder lies along x
    np.testing.assert_allclose(solids.pose[1, :3, 2], [1.0, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(solids.extent, [[0.1, 0.2, 0.3], [0.05, 0.05, 0.15], [0.02] * 3])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tip": '<mesh filename="tip.stl"/>'}, "small.urdf: link 'tip'.*a mesh: give boxes"),
        ({"mount": "prismatic"}, "link 'tip' hangs on the joint 'mount', which is none"),
        ({"tip": '<sphere radius="0"/>'}, "link 'tip' a sphere has the size"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        read_solids(write(tmp_path, **change), ["turn"], "base")


@pytest.mark.parametrize(
    ("kind", "size", "message"),
    [
        ("cone", [0.1], "unknown shape 'cone': choose one of box"),
        ("box", [0.1, 0.1], "a box has the size"),
        ("sphere", [-0.1], "a sphere has the size"),
        ("sphere", [float("nan")], "a sphere has the size"),
    ],
)
def test_solids_that_cannot_be(kind, size, message):
    with pytest.raises(ValueError, match=message):
        solid(0, kind, size)


def test_none_together_is_an_empty_set():
    assert together([]).half.shape == (0, 3)


@pytest.mark.parametrize("name", LENGTHS)
def test_links_that_may_touch_are_those_that_a_joint_joins(name):
    arm = load_arm(name)
    assert joined_links(arm.urdf_path, arm.joint_names) == arm.allowed_collisions
    solids = read_solids(arm.urdf_path, arm.joint_names, arm.base_frame)
    assert len(solids.link) == 10
    assert set(solids.link) == {BASE, *range(6)}
