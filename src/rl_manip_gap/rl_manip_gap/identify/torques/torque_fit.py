"""Friction and rotor inertia of recordings without commands, from motor currents.

Each joint's effort e, as its driver reports it (UR: motor current [A]), is

    g e = r(q, v, a) + I a + (F_c + F_s exp(-(v / v_s)^2)) sign(v) + F_v v + offset

with r the torque of the description's masses, and drive gain g, rotor inertia I and Coulomb,
viscous and Stribeck friction unknown (Armstrong-Helouvry et al., "A survey of models, analysis
tools and compensation methods for the control of machines with friction", 1994). Over g it is
linear: least squares, with intervals by bootstrap over blocks of a second.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.identify.fit import UNKNOWN
from rl_manip_gap.identify.torques.torque_check import rigid_body_torque, smooth_motion
from rl_manip_gap.metrics.intervals import Figure, block_sums, blocks, bootstrap
from rl_manip_gap.recording.recording import Recording

_STRIBECK = (0.02, 0.05, 0.1, 0.2)  # velocities v_s that are tried [rad/s]
_BLOCK = 1.0  # [s]
_FITTED = 0.75  # share of the recording that is fitted; the rest is predicted [1]
_SOLVED = ("per_gain", "armature", "coulomb", "viscous", "offset")


@dataclass(frozen=True)
class JointFriction:
    """What one joint's efforts show."""

    name: str
    drive_gain: Figure  # torque over reported effort (UR: [Nm/A])
    armature: Figure  # rotor inertia at the joint [kg m^2]
    coulomb: Figure  # [Nm]
    viscous: Figure  # [Nm s/rad]
    stribeck: Optional[Figure]  # friction at rest beyond Coulomb's [Nm]; None where none shows
    stribeck_velocity: Optional[float]  # over which it falls off [rad/s]
    rmse_nm: float  # of the torque that was not fitted [Nm]
    nominal_rmse_nm: float  # the same with the description's friction and rotor [Nm]

    @property
    def is_measured(self) -> bool:
        """Whether the motion tells the drive gain, and the fit predicts no worse than nominal."""
        known = self.drive_gain.value > 0.0 and is_known(self.drive_gain)
        return known and self.rmse_nm <= self.nominal_rmse_nm


def is_known(figure: Figure) -> bool:
    """Whether a figure has an interval of no more than half its value to either side."""
    return figure.ci95 is not None and figure.half_width <= UNKNOWN * abs(figure.value)


@dataclass(frozen=True)
class _Joint:
    """One joint's series (k,), the block of each sample, and what is fitted."""

    rigid: np.ndarray
    acceleration: np.ndarray
    direction: np.ndarray
    velocity: np.ndarray
    effort: np.ndarray
    slow: np.ndarray  # (k, s) direction at speeds below each of _STRIBECK
    block: np.ndarray
    fitted: np.ndarray  # bool

    def columns(self, stribeck: Optional[np.ndarray]) -> np.ndarray:
        """What the effort is made of, (k, p)."""
        parts = [self.rigid, self.acceleration, self.direction, self.velocity]
        parts.append(np.ones_like(self.rigid))
        return np.column_stack(parts if stribeck is None else [*parts, stribeck])


def fit_torques(
    recordings: Sequence[Recording], arm: Arm, nominal: Dict[str, np.ndarray]
) -> List[JointFriction]:
    """Friction and rotor inertia of every joint, from recordings of one arm with efforts.

    Args:
        recordings: any motion that turns the joints both ways, slowly and fast.
        arm: which arm.
        nominal: the description's `coulomb`, `viscous` and `armature`, (n,) each, to compare with.

    Raises:
        BagError: no efforts, or too short a recording.
    """
    of_joints = zip(*(_joints(recording, arm) for recording in recordings))
    return [
        _friction(name, _joined(parts), {key: float(known[j]) for key, known in nominal.items()})
        for j, (name, parts) in enumerate(zip(arm.joint_names, of_joints))
    ]


def _joints(recording: Recording, arm: Arm) -> List[_Joint]:
    """The series of each joint of one recording."""
    motion = smooth_motion(recording)
    rigid = rigid_body_torque(arm, motion.position, motion.velocity, motion.acceleration)
    sign = np.sign(motion.raw_velocity)
    direction = motion.smooth(sign)
    slow = np.stack(
        [motion.smooth(sign * np.exp(-((motion.raw_velocity / v) ** 2))) for v in _STRIBECK]
    )
    since = motion.time - motion.time[0]
    return [
        _Joint(
            rigid=rigid[:, j],
            acceleration=motion.acceleration[:, j],
            direction=direction[:, j],
            velocity=motion.velocity[:, j],
            effort=motion.effort[:, j],
            slow=slow[:, :, j].T,
            block=(since // _BLOCK).astype(int),
            fitted=since < _FITTED * since[-1],
        )
        for j in range(arm.num_joints)
    ]


def _joined(parts: Sequence[_Joint]) -> _Joint:
    """Several recordings of a joint, no block in two of them."""
    counts = [int(part.block.max()) + 1 for part in parts]
    later = np.cumsum([0, *counts[:-1]])
    numbered = [replace(part, block=part.block + start) for part, start in zip(parts, later)]
    return _Joint(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in numbered])
            for field in fields(_Joint)
        }
    )


def _friction(name: str, joint: _Joint, nominal: Dict[str, float]) -> JointFriction:
    """Of one joint; Stribeck friction where it is told from none."""
    stribeck, at = None, None
    solved, intervals, _ = _solved(joint, None)
    tried = [_solved(joint, slow) for slow in joint.slow.T]
    best = min(range(len(tried)), key=lambda index: tried[index][2])
    (more, wider, _), velocity, column = tried[best], _STRIBECK[best], joint.slow[:, best]
    figure = _figure(more, wider, len(_SOLVED))
    if figure.value > 0.0 and figure.excludes_zero:
        solved, intervals, stribeck, at = more, wider, figure, velocity
    columns = joint.columns(column if stribeck else None)
    rest = ~joint.fitted
    gain = solved[0]
    left_over = (joint.effort - columns @ _effort_parameters(solved))[rest] * gain
    friction = (
        nominal["armature"] * joint.acceleration
        + nominal["coulomb"] * joint.direction
        + nominal["viscous"] * joint.velocity
    )
    as_nominal = (gain * joint.effort - joint.rigid - friction)[rest]
    return JointFriction(
        name=name,
        drive_gain=_figure(solved, intervals, 0),
        armature=_figure(solved, intervals, 1),
        coulomb=_figure(solved, intervals, 2),
        viscous=_figure(solved, intervals, 3),
        stribeck=stribeck,
        stribeck_velocity=at,
        rmse_nm=float(left_over.std()),
        nominal_rmse_nm=float(as_nominal.std()),
    )


def _solved(
    joint: _Joint, stribeck: Optional[np.ndarray]
) -> Tuple[np.ndarray, Optional[np.ndarray], float]:
    """Gain, then torques over it (p,), their intervals (2, p), and the squares left [effort^2]."""
    columns, effort = joint.columns(stribeck)[joint.fitted], joint.effort[joint.fitted]
    size = columns.shape[1]
    products = np.einsum("ki,kj->kij", columns, columns).reshape(len(columns), -1)
    sums = block_sums(
        np.column_stack([products, columns * effort[:, None]]), blocks(joint.block[joint.fitted])
    )

    def solution(total: np.ndarray) -> np.ndarray:
        square = total[..., : size * size].reshape(*total.shape[:-1], size, size)
        right = total[..., size * size :, None]
        shares = (np.linalg.pinv(square, hermitian=True) @ right)[..., 0]
        gain = 1.0 / np.where(shares[..., :1] == 0.0, np.inf, shares[..., :1])
        return np.concatenate([gain, shares[..., 1:] * gain], axis=-1)

    value, ends = bootstrap(sums, solution)
    left = effort - columns @ _effort_parameters(value)
    return value, ends, float(left @ left)


def _effort_parameters(solved: np.ndarray) -> np.ndarray:
    """Effort over each column, from gain and torques."""
    return np.concatenate([[1.0], solved[1:]]) / solved[0]


def _figure(value: np.ndarray, ends: Optional[np.ndarray], index: int) -> Figure:
    if ends is None:
        return Figure(float(value[index]))
    return Figure(float(value[index]), (float(ends[0, index]), float(ends[1, index])))
