"""Ten arms with servo laws of other makes: nothing of the twin's models or servos is used here.

Motors, friction and servo laws are written out below, for all arms at once. Every law tracks the
integral of the velocities commanded to it, as velocity controllers of industrial arms do. Their
controller knows its links and feeds their torques forward, so that joints move independently; what
it does not know, friction and payload, disturbs them. Motor torques are inverse dynamics of the
URDF's masses, read by MuJoCo itself, plus rotor, friction and payload.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import mujoco
import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.testing.synthetic_bag import states_and_commands

STEP = 1e-3  # of the simulation [s]
EVERY = 2  # steps between joint states: 500 Hz
COULOMB, VISCOUS, ROTOR = 0.04, 0.063, 0.0103  # over the effort limit, as the UR10e's published
CURRENT = 1.0 / 9.6  # motor current over torque [A/Nm]
SLOW = 2e-3  # friction turns within this speed [rad/s]
NOISE = {"position": 2e-5, "velocity": 1e-3, "effort": 0.01}  # [rad, rad/s, share of its RMS]


@dataclass(frozen=True)
class Law:
    """One foreign arm: each figure that is not given is that of a stiff servo."""

    stiffness: float = 2500.0  # servo torque per error of position over inertia [1/s^2]
    damping: float = 100.0  # and per error of velocity [1/s]
    integral: float = 0.0  # and per integral of the velocity's error [1/s^2]
    feed_forward: float = 1.0  # share of the commanded velocity that damping is measured against
    delay: tuple[float, ...] = (0.02,) * 6  # from command to servo [s]
    gain: tuple[float, ...] = (1.0,) * 6
    friction: float = 1.0  # Coulomb friction over nominal
    viscous: float = 1.0  # viscous friction over nominal
    payload: float = 0.0  # at the last link, not known to the arm's own compensation [kg]
    dead_band: float = 0.0  # commands that are ignored [rad/s]
    ceiling: float = np.inf  # fastest that a joint goes [rad/s]
    play: float = 0.0  # between motor, which is driven, and joint, which is measured [rad]
    stribeck: float = 0.0  # friction at rest beyond Coulomb's, over Coulomb's
    uneven: float = 0.0  # friction is that share greater one way and smaller the other
    warming: float = 0.0  # share of friction that is lost by the end
    truth: tuple[str, ...] = field(default=("velocity_gain", "friction_scale", "damping_scale"))


ARMS: dict[str, Law] = {
    "stiff PD torque servo": Law(friction=1.6, viscous=1.3),
    "PD without feed-forward": Law(2500.0, 75.0, feed_forward=0.0, friction=0.7),
    "cascade with Stribeck": Law(1600.0, 120.0, integral=4000.0, stribeck=0.5, friction=1.2),
    "backlash of 1.5 mrad": Law(play=0.0015),
    "soft servo, 4 Hz": Law(630.0, 20.0),
    "delays of 10 to 60 ms": Law(delay=(0.01, 0.02, 0.03, 0.04, 0.05, 0.06)),
    "dead band of 0.05 rad/s": Law(dead_band=0.05),
    "ceiling of 0.3 rad/s": Law(ceiling=0.3),
    "uneven friction that warms": Law(
        uneven=0.25, warming=0.3, friction=1.5, truth=("velocity_gain",)
    ),
    "gains and an unknown 2 kg": Law(payload=2.0, gain=(0.97, 1.02, 0.99, 1.03, 0.98, 1.01)),
}


def bags_of(
    folder: Path,
    arm: Arm,
    laws: dict[str, Law],
    motion: Callable[[np.ndarray], np.ndarray],
    duration: float,
) -> dict[str, Path]:
    """A bag of each arm in a motion, whose velocities (k, n) [rad/s] are given at times (k,)."""
    at = STEP * EVERY * np.arange(round(duration / STEP / EVERY))
    sent = motion(at)
    position, velocity, friction = _driven(arm, list(laws.values()), sent)
    rng = np.random.default_rng(len(at))
    bags = {}
    for index, (name, law) in enumerate(laws.items()):
        moved, speed = position[:, index], velocity[:, index]
        torque = _rigid_body_torque(arm, moved, speed, law.payload) + friction[:, index]
        effort = CURRENT * torque
        shown = np.zeros_like(moved)
        for row, joint in enumerate(moved):  # play: the joint is where the motor last pushed it
            least, most = joint - law.play / 2.0, joint + law.play / 2.0
            shown[row] = np.clip(shown[row - 1] if row else joint, least, most)
        if law.play:
            speed = np.gradient(shown, at, axis=0)
        signals = {
            key: values + NOISE[key] * size * rng.standard_normal(values.shape)
            for key, values, size in (
                ("position", shown, 1.0),
                ("velocity", speed, 1.0),
                ("effort", effort, np.sqrt(np.mean(effort**2, axis=0))),
            )
        }
        bags[name] = states_and_commands(
            folder / name.replace(" ", "_"),
            arm,
            at,
            signals["position"],
            signals["velocity"],
            at,
            sent,
            effort=signals["effort"],
        )
    return bags


def _driven(arm: Arm, laws: list[Law], sent: np.ndarray) -> tuple[np.ndarray, ...]:
    """Positions, velocities and friction (k, A, n) of all arms under commands (k, n)."""

    def each(name: str) -> np.ndarray:
        """A figure of all laws, (A, 1) or (A, n)."""
        return np.array([np.atleast_1d(getattr(law, name)) for law in laws], dtype=float)

    limit = np.asarray(arm.limits.effort)
    inertia = _inertia(arm) + ROTOR * limit + each("payload") * _reach(arm, arm.home) ** 2
    coulomb, viscous = each("friction") * COULOMB * limit, each("viscous") * VISCOUS * limit
    late = np.round(each("delay") / STEP).astype(int)
    stiffness, damping, integral = each("stiffness"), each("damping"), each("integral")
    forward, gain, dead = each("feed_forward"), each("gain"), each("dead_band")
    warming = each("warming")
    ceiling, stribeck, uneven = each("ceiling"), each("stribeck"), each("uneven")
    # the payload's pull where the arm is told to be: it hardly differs from where it is
    told = arm.home + np.cumsum(sent, axis=0) * STEP * EVERY
    pull = each("payload") * _weight(arm, told)[:, None]
    joints = np.arange(arm.num_joints)
    position = np.tile(arm.home, (len(laws), 1))
    target, velocity, heap = position.copy(), np.zeros_like(position), np.zeros_like(position)
    kept = []
    for step in range(len(sent) * EVERY):
        row = (step - late) // EVERY
        wanted = np.where(row >= 0, sent[np.maximum(row, 0), joints], 0.0) * gain
        wanted = np.sign(wanted) * np.maximum(np.abs(wanted) - dead, 0.0)
        wanted = np.clip(wanted, -ceiling, ceiling)
        target = target + STEP * wanted
        heap = heap + STEP * (wanted - velocity)
        servo = stiffness * (target - position) + damping * (forward * wanted - velocity)
        share = 1.0 - warming * step / (len(sent) * EVERY)
        size = share * coulomb * (1.0 + stribeck * np.exp(-((velocity / 0.05) ** 2)))
        size = size * (1.0 + uneven * np.sign(velocity))
        # friction between rest and SLOW is implicit in the step's own velocity: it cannot chatter
        pushed = velocity + STEP * (servo + integral * heap + pull[step // EVERY] / inertia)
        slope = STEP * (size / np.maximum(np.abs(pushed), SLOW) + viscous) / inertia
        slowed = pushed / (1.0 + slope)
        stuck = STEP * size / inertia
        sliding = (pushed - np.sign(pushed) * stuck) / (1.0 + STEP * viscous / inertia)
        new = np.where(np.abs(pushed) > SLOW + stuck, sliding, slowed)
        force = (pushed - new) * inertia / STEP
        velocity, position = new, position + STEP * new
        if step % EVERY == 0:
            kept.append(np.stack([position, velocity, force]))
    return tuple(np.moveaxis(np.array(kept), 1, 0))


def _rigid_body_torque(
    arm: Arm, position: np.ndarray, velocity: np.ndarray, payload: float
) -> np.ndarray:
    """Torques (k, n) that move links, rotors and a payload so, but for the gravity of the links."""
    model = mujoco.MjModel.from_xml_path(str(arm.urdf_path))
    model.opt.gravity[:] = 0.0
    data = mujoco.MjData(model)
    acceleration = np.gradient(velocity, STEP * EVERY, axis=0)
    torque = np.empty_like(position)
    for row, (q, v, a) in enumerate(zip(position, velocity, acceleration)):
        data.qpos[:], data.qvel[:], data.qacc[:] = q, v, a
        mujoco.mj_inverse(model, data)
        torque[row] = data.qfrc_inverse
    torque += ROTOR * np.asarray(arm.limits.effort) * acceleration
    carried = payload * _reach(arm, position) ** 2 * acceleration
    return torque + carried - payload * _weight(arm, position)


def _weight(arm: Arm, position: np.ndarray) -> np.ndarray:
    """Torques (k, n) with which 1 kg at the tool pulls [Nm]."""
    return -9.81 * arm.jacobian(position)[..., 2, :]


def _reach(arm: Arm, position: np.ndarray) -> np.ndarray:
    """Distance of the tool from each joint's axis (..., n) [m]."""
    return np.linalg.norm(arm.jacobian(position)[..., :3, :], axis=-2)


def _inertia(arm: Arm) -> np.ndarray:
    """(n,) of what hangs from each joint at home, without rotors [kg m^2]."""
    model = mujoco.MjModel.from_xml_path(str(arm.urdf_path))
    data = mujoco.MjData(model)
    data.qpos[:] = arm.home
    mujoco.mj_forward(model, data)
    whole = np.empty((model.nv, model.nv))
    mujoco.mj_fullM(model, data, whole)
    return np.diag(whole)
