"""Which arms touch the table or themselves where they stand, without a simulation step."""

from __future__ import annotations

import itertools
from typing import List, NamedTuple, Tuple

import numpy as np
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_description.kinematics.link_shapes import BASE, Solids, read_solids, together
from rl_manip_description.kinematics.serial_chain import quaternion_from_matrix
from rl_manip_description.kinematics.urdf_chain import moved_links
from rl_manip_description.model.own_kinematics import flange_chain
from rl_manip_sim.backends.torch_kinematics import TorchKinematics, quaternion_product, rotated

HAND = "gripper"
TINY = 1e-9
"""Keeps the length of a segment that is a point from dividing by zero [m^2]."""


class Capsules(NamedTuple):
    """A capsule inside each of m solids, in the frame of its link."""

    center: np.ndarray  # (m, 3) [m]
    half: np.ndarray  # (m, 3) from the centre to an end of the capsule's line [m]
    radius: np.ndarray  # (m,) [m]


class TouchAtRest:
    """Tells what PhysX tells only after a step, which every environment would have to make.

    The table is exact. Two links touch where the capsules within their shapes do: whoever is said
    to touch does; one in ten that do graze an edge, which the first step brings to light.

    Args:
      arm: which arm; its gripper's body counts, its fingers do not.
      kinematics: of the arm; its device is that of every tensor.
    """

    def __init__(self, arm: Arm, kinematics: TorchKinematics, device: torch.device) -> None:
        def tensor(values: np.ndarray) -> Tensor:
            return torch.tensor(np.asarray(values), dtype=torch.float32, device=device)

        self._kinematics = kinematics
        solids, pairs = _solids(arm)
        capsules = _capsules(solids)
        # the base's frame follows those of the links
        link = np.where(solids.link == BASE, arm.num_joints, solids.link)
        moving = np.flatnonzero(solids.link != BASE)
        self._link, self._moving, self._first, self._second = (
            torch.tensor(places, dtype=torch.int64, device=device)
            for places in (link, moving, *np.array(pairs).reshape(-1, 2).T)
        )
        self._pose = (
            tensor(solids.pose[:, :3, 3]),
            tensor(quaternion_from_matrix(solids.pose[:, :3, :3])),
        )
        self._half, self._disc, self._ball = map(tensor, (solids.half, solids.disc, solids.ball))
        self._center, self._line, self._radius = map(tensor, capsules)
        self._base = tensor(np.array([[[0.0, 0.0, 0.0, 1.0]]]))

    def __call__(self, joint_position: Tensor) -> Tensor:
        """(k,) bool for joints (k, n) [rad]."""
        position, turn = self._kinematics.frames(joint_position)
        count = len(position)
        # in place of the tool's: the base's
        position = torch.cat((position[:, :-1], torch.zeros_like(position[:, :1])), dim=1)
        turn = torch.cat((turn[:, :-1], self._base.expand(count, 1, 4)), dim=1)
        position, turn = position[:, self._link], turn[:, self._link]
        lowest = self._lowest(position, turn)[:, self._moving].amin(dim=1)
        return (lowest < 0.0) | (self._closest(position, turn) < 0.0)

    def _lowest(self, position: Tensor, turn: Tensor) -> Tensor:
        """(k, m) height of each solid's lowest point over the table [m]."""
        shift, own = (values.expand(len(turn), -1, -1) for values in self._pose)
        height = (position + rotated(turn, shift))[..., 2]
        x, y, z, w = quaternion_product(turn, own).unbind(dim=-1)
        # the solid's axes' components upwards: the last row of its rotation matrix
        axes = (2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y))
        up = torch.stack(axes, dim=-1)
        box = (up.abs() * self._half).sum(dim=-1)
        disc = (1.0 - up[..., 2].square()).clamp(min=0.0).sqrt() * self._disc
        return height - box - disc - self._ball

    def _closest(self, position: Tensor, turn: Tensor) -> Tensor:
        """(k,) smallest distance of the capsules of two links that may not touch [m]."""
        center = position + rotated(turn, self._center.expand(len(turn), -1, -1))
        line = rotated(turn, self._line.expand(len(turn), -1, -1))
        first, second = self._first, self._second
        gap = segment_distance(center[:, first], line[:, first], center[:, second], line[:, second])
        return (gap - self._radius[first] - self._radius[second]).amin(dim=1)


def segment_distance(first: Tensor, half_a: Tensor, second: Tensor, half_b: Tensor) -> Tensor:
    """(...) distance of segments, each given by its middle and half of it as a vector, (..., 3).

    After Ericson, Real-Time Collision Detection, 2004, section 5.1.9, with parameters in [-1, 1].
    """
    between = first - second
    a, b = half_a.square().sum(dim=-1), half_b.square().sum(dim=-1)
    c, e = (half_a * between).sum(dim=-1), (half_b * between).sum(dim=-1)
    d = (half_a * half_b).sum(dim=-1)
    along_a = ((d * e - b * c) / (a * b - d * d).clamp(min=TINY * TINY)).clamp(-1.0, 1.0)
    along_b = ((d * along_a + e) / b.clamp(min=TINY)).clamp(-1.0, 1.0)
    along_a = ((d * along_b - c) / a.clamp(min=TINY)).clamp(-1.0, 1.0)
    return (between + along_a[..., None] * half_a - along_b[..., None] * half_b).norm(dim=-1)


def _solids(arm: Arm) -> Tuple[Solids, List[Tuple[int, int]]]:
    """Shapes of links and gripper's body, and the pairs of them that may not touch."""
    parts = [read_solids(arm.urdf_path, arm.joint_names, arm.base_frame)]
    together_by_design = {frozenset(pair) for pair in arm.allowed_collisions}
    if arm.gripper is not None:
        flange = flange_chain(arm).tool
        parts += arm.gripper.body_solids(flange, arm.num_joints - 1, HAND)
        links = moved_links(arm.urdf_path, arm.joint_names)
        together_by_design |= {frozenset((HAND, link)) for link in links[-2:]}
    solids = together(parts)
    pairs = [
        (first, second)
        for first, second in itertools.combinations(range(len(solids.link)), 2)
        if solids.link[first] != solids.link[second]
        and frozenset((solids.name[first], solids.name[second])) not in together_by_design
    ]
    return solids, pairs


def _capsules(solids: Solids) -> Capsules:
    """The thickest capsule inside each solid along its longest side."""
    extent = solids.extent
    rows, longest = np.arange(len(extent)), extent.argmax(axis=1)
    # a capsule of the solid's own keeps its length; else the ends' radius comes off it
    radius = np.where(solids.ball > 0.0, solids.ball, extent.min(axis=1))
    length = np.maximum(extent[rows, longest] - radius, 0.0)
    axis = solids.pose[rows, :3, longest]
    return Capsules(solids.pose[:, :3, 3], length[:, None] * axis, radius)
