"""Inertia and size of boxes, cylinders and balls, against figures worked out by hand."""

from __future__ import annotations

import torch

from rl_manip_sim.models.object_solids import bounding_radius, geom_size, solid_inertia

SHAPE = torch.tensor([0, 1, 2])
HALF = torch.tensor([[1.0, 2.0, 3.0], [2.0, 2.0, 3.0], [2.0, 2.0, 2.0]])


def test_inertia():
    mass = torch.tensor([6.0, 12.0, 5.0])
    expected = [
        [6 / 3 * (4 + 9), 6 / 3 * (1 + 9), 6 / 3 * (1 + 4)],  # m/3 (b^2 + c^2), half edges
        [12 * (4 / 4 + 9 / 3), 12 * (4 / 4 + 9 / 3), 12 * 4 / 2],  # m (r^2/4 + h^2/12), m r^2/2
        [5 * 0.4 * 4] * 3,  # 2/5 m r^2
    ]
    torch.testing.assert_close(solid_inertia(SHAPE, HALF, mass), torch.tensor(expected))


def test_size_as_mujoco_takes_it():
    expected = [[1.0, 2.0, 3.0], [2.0, 3.0, 0.0], [2.0, 0.0, 0.0]]
    assert geom_size(SHAPE, HALF).tolist() == expected


def test_radius_of_the_ball_round_it():
    expected = torch.tensor([14.0**0.5, 13.0**0.5, 2.0])
    torch.testing.assert_close(bounding_radius(SHAPE, HALF), expected)
