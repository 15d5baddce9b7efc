"""In which poses an arm is clear of itself and of the table."""

from __future__ import annotations

import itertools
from typing import Dict, Sequence, Set, Tuple

import numpy as np

from rl_manip_description.kinematics.link_shapes import BASE, Solids, upright
from rl_manip_description.kinematics.separation import place, separation
from rl_manip_description.kinematics.serial_chain import KinematicChain

CLEAR = 0.01
"""Gap that a free pose has between any two links, and above the table [m]."""
BY_DESIGN = 0.95
"""Links that overlap in more than this share of all poses do so by design [1]."""
OFTEN = 0.2
"""Links with one link between them that are nearer than `CLEAR` in more than this share of poses
are neighbours, or wrapped too thickly to be kept apart [1]."""
AT_ONCE = 20000
"""Pairs of shapes that are looked at together."""


class FreePoses:
    """The solids of an arm's links, for poses by the thousand.

    Args:
        chain: of n joints.
        solids: of the base and of the links that the joints move.
    """

    def __init__(self, chain: KinematicChain, solids: Solids) -> None:
        self._chain, self._solids = chain, upright(solids)
        self._allowed: Set[Tuple[int, int]] = set()
        self.allow([(number - 1, number) for number in range(len(chain.axes))])

    def allow(self, pairs: Sequence[Tuple[int, int]]) -> None:
        """Let links overlap; by number, the base's is `BASE`."""
        self._allowed |= set(pairs)
        link = self._solids.link
        self._pairs = [
            (first, second)
            for first, second in itertools.combinations(np.argsort(link, kind="stable"), 2)
            if link[first] != link[second] and (link[first], link[second]) not in self._allowed
        ]

    @property
    def allowed(self) -> Sequence[Tuple[int, int]]:
        """Pairs of links that may overlap, each from base to tool."""
        return sorted(self._allowed)

    def overlapping(
        self, poses: np.ndarray, share: float, gap: float = 0.0
    ) -> Sequence[Tuple[int, int]]:
        """Pairs of links nearer than a gap [m] in more than a share of the poses (k, n) [rad]."""
        gaps = self._gaps(poses)
        link = self._solids.link
        found: Dict[Tuple[int, int], np.ndarray] = {}
        for (first, second), width in zip(self._pairs, gaps.T):
            key = (int(link[first]), int(link[second]))
            found[key] = found.get(key, np.zeros(len(poses), bool)) | (width < gap)
        return [key for key, overlaps in found.items() if overlaps.mean() > share]

    def clearance(self, poses: np.ndarray) -> np.ndarray:
        """Smallest gap of poses (k, n) [rad] between links, or above the table z = 0, (k,) [m]."""
        gaps = self._gaps(poses)
        between = gaps.min(axis=1) if gaps.shape[1] else np.full(len(poses), np.inf)
        return np.minimum(between, self._heights(poses))

    def free(self, poses: np.ndarray) -> np.ndarray:
        """Which poses (k, n) [rad] are clear by more than `CLEAR`, (k,) bool."""
        return self.clearance(poses) > CLEAR

    def _gaps(self, poses: np.ndarray) -> np.ndarray:
        """Gaps of the pairs that are looked at, (k, p) [m]."""
        if not self._pairs:
            return np.zeros((len(poses), 0))
        numbers = np.array(self._pairs).T
        chunk = max(AT_ONCE // numbers.shape[1], 1)
        gaps = []
        for start in range(0, len(poses), chunk):
            frames = self._chain.link_frames(poses[start : start + chunk])
            count = len(frames)
            links = np.moveaxis(frames[:, self._solids.link[numbers]], 0, 1)
            links = links.reshape(2, -1, 4, 4)
            placed = place(links, self._solids, np.tile(numbers, (1, count)))
            gaps.append(separation(placed).width.reshape(count, -1))
        return np.concatenate(gaps)

    def _heights(self, poses: np.ndarray) -> np.ndarray:
        """Lowest point of the moving links, (k,) [m]."""
        solids = self._solids
        moving = solids.link != BASE
        pose = self._chain.link_frames(poses)[:, solids.link[moving]] @ solids.pose[moving]
        row = pose[..., 2, :3]  # of the base's z axis in the solid's axes
        reach = np.einsum("kmi,mi->km", np.abs(row), solids.half[moving])
        reach += solids.disc[moving] * np.sqrt(np.maximum(1.0 - row[..., 2] ** 2, 0.0))
        return (pose[..., 2, 3] - reach - solids.ball[moving]).min(axis=1)
