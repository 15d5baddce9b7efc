"""Where goals can be drawn, and how far from home the joints may be: found by trying."""

from __future__ import annotations

from typing import Dict, NamedTuple, Sequence

import numpy as np

from rl_manip_description.importing.finding.free_poses import FreePoses
from rl_manip_description.importing.finding.home_pose import Span
from rl_manip_description.importing.finding.reached import reach
from rl_manip_description.importing.reading.urdf_source import ImportArmError
from rl_manip_description.kinematics.serial_chain import KinematicChain
from rl_manip_description.model.arm import JointLimits
from rl_manip_description.model.workspace import HalfShell

POINTS, STARTS = 200, 6
"""Points of a region that are tried, and poses from which each is."""
WIDEST = 0.82
"""Outer radius over the farthest reach, at most: beyond it arms are nearly stretched [1]."""
AZIMUTH, MIN_HEIGHT = 1.3, 0.1
"""[rad] to either side of straight ahead; [m]."""
FREE_SHARE = 0.995
"""Of starts that are drawn, so many are clear of arm and table [1]."""
LEAST_SPREAD = 0.2
"""[rad] of any joint."""


class Goals(NamedTuple):
    """A region whose every tried point is reached with the arm clear of itself and the table."""

    region: HalfShell
    tried: int


def find_goal_region(
    chain: KinematicChain, limits: JointLimits, home: np.ndarray, free: FreePoses, reach_of: Span
) -> Goals:
    """The widest half-shell before the arm that is reached everywhere.

    Raises:
        ImportArmError: there is none.
    """
    rng = np.random.default_rng(0)
    inner, outer = 0.35 * reach_of.farthest, WIDEST * reach_of.farthest
    tried = 0
    for _ in range(20):
        region = HalfShell(
            center=tuple(reach_of.shoulder.round(4)),
            inner_radius=round(inner, 3),
            outer_radius=round(outer, 3),
            min_height=MIN_HEIGHT,
            min_axis_distance=round(0.3 * outer, 3),
            max_azimuth=AZIMUTH,
        )
        points = region.sample(POINTS, rng)
        tried += POINTS
        missed = points[~_reached(chain, limits, home, free, points, rng)]
        if not len(missed):
            return Goals(region, tried)
        radius = np.linalg.norm(missed - reach_of.shoulder, axis=1)
        middle = 0.5 * (inner + outer)
        far, near = radius[radius > middle], radius[radius <= middle]
        # a third of the way to the worst, so that one odd point does not cost the whole region
        outer -= 0.03 * outer if len(far) else 0.0
        inner += 0.05 * outer if len(near) else 0.0
        if inner > 0.8 * outer:
            break
    raise ImportArmError(
        f"no region before the arm is all reached: {len(missed)} of the last {POINTS} points "
        "were not; look at base frame, tool frame and position limits."
    )


def _reached(
    chain: KinematicChain,
    limits: JointLimits,
    home: np.ndarray,
    free: FreePoses,
    points: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Which points (k, 3) [m] a pose near home reaches with the arm clear, (k,) bool."""
    count = len(points)
    starts = np.tile(home, (STARTS, count, 1))
    starts[..., 0] += chain.first_axis[2] * np.arctan2(points[:, 1], points[:, 0])
    starts[1:] += rng.normal(0.0, 0.6, starts[1:].shape)
    found = reach(chain, limits, np.tile(points, (STARTS, 1)), starts.reshape(-1, starts.shape[-1]))
    good = found.there.copy()
    good[found.there] = free.free(found.joint_position[found.there])
    return np.asarray(good.reshape(STARTS, count).any(axis=0))


def find_spreads(
    chain: KinematicChain,
    limits: JointLimits,
    home: np.ndarray,
    free: FreePoses,
    joint_names: Sequence[str],
) -> Dict[str, Dict[str, float]]:
    """How far from home joints may start, and goals with a rotation be: keys of ``practice``."""
    rng = np.random.default_rng(0)
    count = len(home)
    upright = abs(chain.first_axis[2]) > 0.99
    for share in np.arange(1.0, 0.0, -0.1):
        spread = np.full(count, max(0.9 * share, LEAST_SPREAD))
        spread[0] = 2.0 if upright else spread[0]
        spread[-1] = 1.5
        poses = limits.within(home + rng.uniform(-1.0, 1.0, (2000, count)) * spread)
        x, y, z = chain.joint_frames(poses)[1][:, :3, 3].T
        poses = poses[(np.abs(np.arctan2(y, x)) <= AZIMUTH) & (z >= 0.5 * MIN_HEIGHT)]
        if (free.clearance(poses) > 0.0).mean() >= FREE_SHARE:
            break
    goal = spread.copy()
    goal[[0, -1]] = min(spread[0], 1.3), 1.0
    return {
        key: {name: round(float(value), 2) for name, value in zip(joint_names, values)}
        for key, values in (("start_spread", spread), ("goal_spread", goal))
    }
