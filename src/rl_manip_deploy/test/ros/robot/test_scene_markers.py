"""What RViz is told of arm and cell, checked against poses worked out by hand."""

import numpy as np
import pytest
from visualization_msgs.msg import Marker

from rl_manip_deploy.guard.space.bodies import arm_bodies
from rl_manip_deploy.guard.space.zones import zone_from
from rl_manip_deploy.ros.robot.scene_markers import (
    KEEP_IN,
    KEEP_OUT,
    body_shapes,
    markers,
    zone_markers,
)
from rl_manip_description import load_arm
from rl_manip_description.kinematics.link_shapes import BASE, solid, together
from rl_manip_description.kinematics.serial_chain import pose_of

AHEAD = pose_of([0.0, 0.0, 1.0])  # of the first link: a metre above the base
LYING = pose_of([0.0, 0.0, 0.0], [0.0, np.pi / 2.0, 0.0])  # z lies along x


def test_a_capsule_is_a_cylinder_between_two_balls():
    bodies = solid(0, "capsule", [0.1, 0.3], LYING, "forearm")
    balls = body_shapes(bodies, np.stack([AHEAD, np.eye(4)]))
    assert [shape.kind for shape in balls] == [Marker.SPHERE, Marker.SPHERE, Marker.CYLINDER]
    np.testing.assert_allclose(balls[0].pose[:3, 3], [0.3, 0.0, 1.0], atol=1e-12)
    np.testing.assert_allclose(balls[1].pose[:3, 3], [-0.3, 0.0, 1.0], atol=1e-12)
    np.testing.assert_allclose(balls[2].size, [0.2, 0.2, 0.6])


def test_boxes_cylinders_and_spheres_have_their_size_and_hang_on_their_links():
    bodies = together(
        [
            solid(BASE, "box", [0.1, 0.2, 0.3], name="base"),
            solid(0, "cylinder", [0.1, 0.3], name="link"),
            solid(0, "sphere", [0.1], name="ball"),
        ]
    )
    box, cylinder, sphere = body_shapes(bodies, np.stack([AHEAD, np.eye(4)]))
    assert (box.kind, cylinder.kind, sphere.kind) == (
        Marker.CUBE,
        Marker.CYLINDER,
        Marker.SPHERE,
    )
    assert (box.pose[2, 3], cylinder.pose[2, 3], sphere.pose[2, 3]) == (0.0, 1.0, 1.0)
    np.testing.assert_allclose(box.size, [0.2, 0.4, 0.6])
    np.testing.assert_allclose(cylinder.size, [0.2, 0.2, 0.6])
    np.testing.assert_allclose(sphere.size, [0.2, 0.2, 0.2])


def test_every_solid_of_an_arm_is_drawn_but_the_tools_point():
    arm = load_arm("ur5e", "robotiq_2f85")
    links = np.concatenate([arm.chain.joint_frames(arm.home)[0], np.eye(4)[None]])
    shapes = body_shapes(arm_bodies(arm), links)
    assert len(shapes) >= arm.num_joints
    assert all((shape.size > 0.0).all() and np.isfinite(shape.pose).all() for shape in shapes)


def test_zones_say_by_colour_what_to_keep_out_of():
    crate = {"name": "crate", "kind": "box", "keep": "out", "lower": [0.3, -0.7, 0.0]}
    above = {"name": "hall", "kind": "half_space", "keep": "in", "point": [0, 0, 2.0]}
    zones = [
        zone_from({**crate, "upper": [0.6, -0.5, 0.2]}),
        zone_from({**above, "normal": [0.0, 0.0, -1.0]}),
    ]
    out, inside = zone_markers(zones, "base_link")
    assert (out.id, inside.id, out.ns, out.header.frame_id) == (0, 1, "zones", "base_link")
    for marker, colour in ((out, KEEP_OUT), (inside, KEEP_IN)):
        told = (marker.color.r, marker.color.g, marker.color.b, marker.color.a)
        assert told == pytest.approx(colour)
    assert (out.pose.position.x, out.scale.y) == pytest.approx((0.45, 0.2))
    assert inside.pose.position.z == pytest.approx(2.0)


def test_a_turned_shape_tells_its_quaternion_xyzw():
    (shape,) = body_shapes(solid(0, "box", [0.1, 0.1, 0.1], LYING), np.stack([AHEAD, np.eye(4)]))
    (marker,) = markers("guard", [shape], KEEP_IN, "base_link")
    turned = marker.pose.orientation
    half = np.sqrt(0.5)
    assert (turned.x, turned.y, turned.z, turned.w) == pytest.approx((0.0, half, 0.0, half))
