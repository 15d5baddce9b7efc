"""Distances of convex solids, against those known by hand."""

import numpy as np
import pytest

from rl_manip_description.kinematics.link_shapes import BASE, solid, together
from rl_manip_description.kinematics.separation import place, separation
from rl_manip_description.kinematics.serial_chain import pose_of


def gap(first, second):
    bodies = together([first, second])
    return separation(place(np.tile(np.eye(4), (2, 1, 1, 1)), bodies, np.array([[0], [1]])))


@pytest.mark.parametrize("beside", [(0.0, 0.0), (0.06, -0.05), (-0.09, 0.02)])
def test_two_boxes_edge_above_edge(beside):
    """One stands on an edge along y; another, edge down along x, is above it, and to the side."""
    below = solid(BASE, "box", (0.1, 0.1, 0.1), pose_of((0, 0, 0), (0.0, np.pi / 4, 0.0)), "below")
    pose = pose_of((*beside, 0.35), (np.pi / 4, 0.0, 0.0))
    above = solid(BASE, "box", (0.1, 0.1, 0.1), pose, "above")
    found = gap(below, above)
    assert found.width[0] == pytest.approx(0.35 - 0.2 * np.sqrt(2.0), abs=1e-9)


def test_a_box_beside_the_wide_side_of_a_flat_one():
    """Its longest axis is not the one that parts them."""
    flat = solid(BASE, "box", (0.05, 0.3, 0.4), pose_of((0, 0, 0)), "flat")
    pose = pose_of((0.2, 0.25, -0.3), (0.0, 0.0, np.pi / 4))
    beside = solid(BASE, "box", (0.05, 0.05, 0.05), pose, "beside")
    assert gap(flat, beside).width[0] == pytest.approx(0.15 - 0.05 * np.sqrt(2.0), abs=1e-9)


def test_a_cylinder_along_a_boxes_edge():
    """A cylinder lies askew above an edge of a box, which it crosses."""
    box = solid(BASE, "box", (0.1, 0.1, 0.1), pose_of((0, 0, 0), (0.0, np.pi / 4, 0.0)), "box")
    # its axis is in the plane of x and y, at 0.6 rad to x; edge along y
    pose = pose_of((0.02, 0.03, 0.3), (0.0, np.pi / 2, 0.6))
    cylinder = solid(BASE, "cylinder", (0.05, 0.2), pose, "cylinder")
    found = gap(box, cylinder)
    assert found.width[0] == pytest.approx(0.25 - 0.1 * np.sqrt(2.0), abs=1e-9)
    np.testing.assert_allclose(
        np.abs(found.along[0]), np.abs([-np.sqrt(0.5), 0, np.sqrt(0.5)]), atol=1e-9
    )
