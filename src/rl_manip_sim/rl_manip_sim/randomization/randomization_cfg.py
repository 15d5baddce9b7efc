"""What varies from one simulated arm to the next, and by how much.

``RandomizationCfg`` names every random draw that changes physics or sensing. Its ranges come from a
preset or from a YAML file (the file that the gap tool writes), and ``draw`` turns them into one
``PhysicsSample`` and one ``SignalSample`` per environment.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Tuple, Union

import torch
import yaml

from rl_manip_description.paths import path_of
from rl_manip_sim.batch_sim import PhysicsSample
from rl_manip_sim.models.scene import EMPTY, HOLE_SHAPES, OBJECT_SHAPES, Scene
from rl_manip_sim.randomization.drawing import absent_from, as_shaped, bounds_of, drawn_shapes
from rl_manip_sim.randomization.ranges import (
    RandomizationError,
    Range,
    checked_range,
    ranged,
)
from rl_manip_sim.signals.signal_path import SignalSample

__all__ = ["PRESETS", "RandomizationCfg", "RandomizationError", "Range", "load_randomization"]


@dataclass(frozen=True)
class RandomizationCfg:
    """Ranges of every random draw, uniform, per environment; as they stand, preset ``default``."""

    link_mass_scale: Range = ranged(0.8, 1.2, "1", 0.1, 10.0, per="link", nominal=1.0)
    """Mass and inertia of each link over nominal; gravity compensation stays at nominal."""
    payload: Range = ranged(0.0, 0.5, "kg", maximum=50.0)
    """Mass at the tool that gravity compensation does not know of."""
    joint_friction_scale: Range = ranged(0.5, 1.5, "1", per="joint", nominal=1.0)
    """Coulomb friction of each joint over nominal."""
    joint_damping_scale: Range = ranged(0.5, 2.0, "1", per="joint", nominal=1.0)
    """Viscous friction of each joint over nominal."""
    joint_armature_scale: Range = ranged(0.8, 1.3, "1", 0.1, 10.0, per="joint", nominal=1.0)
    """Rotor inertia seen at each joint over nominal."""
    contact_friction: Range = ranged(0.3, 1.2, "1", nominal=0.8)
    """Sliding friction coefficient of every contact shape."""
    servo_lag: Range = ranged(0.008, 0.03, "s", 1e-3, 1.0, per="joint", nominal=0.02)
    """Time by which motion trails the commanded velocity, per joint."""
    servo_stiffness_scale: Range = ranged(1.0, 1.0, "1", 0.01, 10.0, per="joint", nominal=1.0)
    """Torque of each joint's servo per position error over nominal: what weight, friction and
    inertia are held against."""
    velocity_gain: Range = ranged(0.97, 1.03, "1", 0.1, 10.0, per="joint", nominal=1.0)
    """Reached over commanded velocity, per joint."""
    action_delay: Range = ranged(0.0, 0.03, "s", maximum=1.0)
    """Time from a command's computation to its arrival at the servos."""
    actuator_noise: Range = ranged(0.0, 0.005, "1", maximum=1.0)
    """Standard deviation of noise on the command, over the arm's velocity limit."""
    observation_delay: Range = ranged(0.0, 0.008, "s", maximum=1.0)
    """Age of a joint state when it is read; the default is up to four of the driver's cycles."""
    joint_zero_offset: Range = ranged(-1e-3, 1e-3, "rad", -0.5, 0.5, per="joint")
    """What each joint's measured position adds to the true one, per joint."""
    joint_position_noise: Range = ranged(0.0, 5e-4, "rad", maximum=1.0)
    """Standard deviation of the noise on measured joint positions."""
    joint_velocity_noise: Range = ranged(0.0, 0.01, "rad/s", maximum=10.0)
    """Standard deviation of the noise on measured joint velocities."""
    sensor_dropout: Range = ranged(0.0, 0.02, "1", maximum=1.0)
    """Probability that a reading of the whole joint state repeats the last one."""
    gripper_delay: Range = ranged(0.0, 0.06, "s", maximum=1.0)
    """Time from a gripper command's computation to the moment at which the fingers follow it."""
    gripper_opening_noise: Range = ranged(0.0, 5e-4, "m", maximum=0.1)
    """Standard deviation of the noise on the measured opening."""
    object_size: Range = ranged(0.015, 0.033, "m", 1e-3, 1.0, per="axis", nominal=0.025)
    """Half extents of the object, each drawn alike; of a cylinder radius and half its height."""
    object_mass: Range = ranged(0.05, 0.5, "kg", 1e-3, 100.0, nominal=0.2)
    """Mass of the object."""
    object_friction: Range = ranged(0.5, 1.2, "1", 0.01, 10.0, nominal=0.8)
    """Sliding friction coefficient of the object on whatever touches it."""
    object_delay: Range = ranged(0.0, 0.12, "s", maximum=1.0)
    """Age of the object's pose when it is read: of the picture, and of what is computed from it."""
    object_dropout: Range = ranged(0.0, 0.05, "1", maximum=1.0)
    """Probability that a reading of the object's pose repeats the last one."""
    object_position_noise: Range = ranged(0.0, 0.002, "m", 0.0, 1.0)
    """Standard deviation, along each axis, of the offset that the object's measured position keeps
    for an episode, and of the noise on each reading."""
    object_orientation_noise: Range = ranged(0.0, 0.02, "rad", 0.0, 3.0)
    """As above, of the measured orientation, about each axis."""
    hole_clearance: Range = ranged(5e-4, 2e-3, "m", 1e-4, 0.01, nominal=1e-3)
    """How much wider than the peg the hole is."""
    hole_position_error: Range = ranged(-2e-3, 2e-3, "m", -0.02, 0.02, per="axis")
    """Where the hole is said to be minus where it is, along each axis, for an episode."""
    wrench_delay: Range = ranged(0.0, 0.02, "s", maximum=1.0)
    """Age of the wrench at the wrist when it is read."""
    wrench_force_bias: Range = ranged(-0.3, 0.3, "N", -100.0, 100.0, per="axis")
    """What the sensor adds to each force: what is left after it was set to zero in the air."""
    wrench_torque_bias: Range = ranged(-0.01, 0.01, "N m", -10.0, 10.0, per="axis")
    """As above, of each torque."""
    wrench_force_noise: Range = ranged(0.0, 0.3, "N", maximum=100.0)
    """Standard deviation of the noise on each force that is read."""
    wrench_torque_noise: Range = ranged(0.0, 0.01, "N m", maximum=10.0)
    """As above, of each torque."""
    support_half_width: Range = ranged(0.03, 0.045, "m", 5e-3, 0.5, nominal=0.035)
    """Half the width and depth of the block that an object is stacked on."""
    support_half_height: Range = ranged(0.02, 0.05, "m", 5e-3, 0.5, nominal=0.03)
    """Half its height."""
    support_mass: Range = ranged(0.2, 0.8, "kg", 1e-3, 100.0, nominal=0.4)
    """Its mass."""

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):
            object.__setattr__(self, item.name, checked_range(item, getattr(self, item.name)))

    def draw(
        self,
        count: int,
        num_joints: int,
        num_links: int,
        generator: torch.Generator,
        scene: Scene = EMPTY,
    ) -> Tuple[PhysicsSample, SignalSample]:
        """Draw ``count`` environments' physics and signal paths from the ranges.

        Args:
          count: number of environments k.
          num_joints: joints n of the arm.
          num_links: moving links m of the arm.
          generator: every figure is drawn from it, on its device.
          scene: whose objects, supports or holes are drawn; figures of a hole or of a support are
            None where it has none.

        Returns:
          Tensors with leading dimension k: (k, n) per joint, (k, m) per link, (k,) per environment.

        Raises:
          RandomizationError: a range per joint whose length is not ``num_joints``.
        """

        device = generator.device
        absent = absent_from(scene)
        bounds = bounds_of(self, num_joints, num_links, absent, device)
        drawn = torch.zeros(count, len(bounds.low), device=device)
        # a figure that does not vary takes no draw: the others are what they are without it
        drawn[:, bounds.varying] = torch.rand(
            count, len(bounds.varying), generator=generator, device=device
        )
        parts = (bounds.low + bounds.span * drawn).split(bounds.widths, dim=1)
        figures = {
            item.name: part[:, 0] if item.metadata["per"] == "environment" else part
            for item, part in zip(dataclasses.fields(self), parts)
        }
        figures.update({name: None for name in figures if name.startswith(absent)})
        physics = PhysicsSample(**{name: figures.get(name) for name in PhysicsSample._fields})
        signal = SignalSample(**{name: figures[name] for name in SignalSample._fields})
        if scene.has_hole:
            shape = drawn_shapes(scene.hole_shapes, HOLE_SHAPES, count, generator)
            return physics._replace(hole_shape=shape), signal
        if not scene.has_object:
            return physics, signal
        shape = drawn_shapes(scene.object_shapes, OBJECT_SHAPES, count, generator)
        size = as_shaped(physics.object_size, shape)
        return physics._replace(object_shape=shape, object_size=size), signal

    def to_dict(self) -> Dict[str, list]:
        """The ranges as plain lists, as YAML and the policy's metadata hold them."""
        return {
            item.name: [
                list(bound) if isinstance(bound, tuple) else bound
                for bound in getattr(self, item.name)
            ]
            for item in dataclasses.fields(self)
        }

    @classmethod
    def from_dict(cls, ranges: Dict[str, Any]) -> RandomizationCfg:
        """The ranges named in ``ranges``; those not named keep their nominal, unrandomised value.

        Raises:
          RandomizationError: an unknown name or a range that cannot be used.
        """
        if not isinstance(ranges, dict):
            raise RandomizationError(
                f"randomisation is {ranges!r}, expected a mapping of names to [low, high]"
            )
        known = [item.name for item in dataclasses.fields(cls)]
        unknown = sorted(set(map(str, ranges)) - set(known))
        if unknown:
            raise RandomizationError(
                f"unknown randomisation {', '.join(unknown)}; known are {', '.join(known)}"
            )
        return dataclasses.replace(PRESETS["none"], **ranges)

    def save(self, path: Path) -> None:
        """Write the ranges as YAML to ``path``."""
        Path(path).write_text(yaml.safe_dump(self.to_dict(), sort_keys=False), encoding="utf-8")


def _nominal_but(**ranges: Range) -> RandomizationCfg:
    """These ranges, and nothing else varies."""
    nominal = {
        item.name: Range(item.metadata["nominal"], item.metadata["nominal"])
        for item in dataclasses.fields(RandomizationCfg)
    }
    return RandomizationCfg(**{**nominal, **ranges})


PRESETS: Dict[str, RandomizationCfg] = {
    "none": _nominal_but(),
    "default": RandomizationCfg(),
    "aggressive": RandomizationCfg(
        link_mass_scale=Range(0.6, 1.4),
        joint_friction_scale=Range(0.2, 3.0),
        joint_damping_scale=Range(0.25, 4.0),
        joint_armature_scale=Range(0.5, 2.0),
        payload=Range(0.0, 2.0),
        contact_friction=Range(0.2, 1.5),
        servo_lag=Range(0.008, 0.06),
        servo_stiffness_scale=Range(0.1, 2.0),
        velocity_gain=Range(0.9, 1.1),
        action_delay=Range(0.0, 0.08),
        actuator_noise=Range(0.0, 0.05),
        observation_delay=Range(0.0, 0.04),
        joint_zero_offset=Range(-5e-3, 5e-3),
        joint_position_noise=Range(0.0, 0.01),
        joint_velocity_noise=Range(0.0, 0.05),
        sensor_dropout=Range(0.0, 0.05),
        gripper_delay=Range(0.0, 0.15),
        gripper_opening_noise=Range(0.0, 2e-3),
        object_size=Range(0.012, 0.036),
        object_mass=Range(0.02, 0.8),
        object_friction=Range(0.3, 1.2),
        object_delay=Range(0.0, 0.2),
        object_dropout=Range(0.0, 0.2),
        object_position_noise=Range(0.0, 0.006),
        object_orientation_noise=Range(0.0, 0.06),
        support_half_width=Range(0.025, 0.05),
        support_half_height=Range(0.015, 0.06),
        support_mass=Range(0.1, 1.0),
    ),
    "chapter": _nominal_but(
        link_mass_scale=Range(0.8, 1.2),
        contact_friction=Range(0.3, 1.2),
        object_friction=Range(0.3, 1.2),
        joint_damping_scale=Range(0.5, 2.0),
        joint_position_noise=Range(0.01, 0.01),
        joint_velocity_noise=Range(0.01, 0.01),
        sensor_dropout=Range(0.05, 0.05),
        action_delay=Range(0.0, 0.08),
        actuator_noise=Range(0.01, 0.05),
    ),
    "slow_joints": RandomizationCfg(action_delay=Range(0.0, 0.06)),
    "contact": RandomizationCfg(
        actuator_noise=Range(0.0, 2e-4),
        joint_zero_offset=Range(-5e-4, 5e-4),
        joint_position_noise=Range(0.0, 2e-4),
        joint_velocity_noise=Range(0.0, 5e-3),
    ),
}
"""Named ranges: ``none`` is the nominal model exactly, ``chapter`` what textbooks randomise: delays
of up to two control steps of 0.04 s, a lost reading in twenty, noise at its full size always.
``slow_joints`` is ``default`` with the delay that the guard adds where joints accelerate slowly: at
3 rad/s^2 half a control step, and more, pass until the arm moves as it was told.
``contact`` is ``default`` with the noise that a UR's encoders and servos have: the ten-thousandths
of a radian that ``default`` adds for safety's sake would press a stiff arm on whatever it touches
with tens of newtons."""


def load_randomization(name_or_path: Union[str, Path]) -> RandomizationCfg:
    """The preset of that name, or the ranges in that YAML file.

    Raises:
      RandomizationError: neither a preset nor a readable file of ranges.
    """
    preset = PRESETS.get(str(name_or_path))
    if preset is not None:
        return preset
    path = path_of(name_or_path)
    if not path.is_file():
        raise RandomizationError(
            f"randomization is {str(name_or_path)!r}, expected one of {', '.join(PRESETS)} "
            "or the path of a YAML file"
        )
    try:
        ranges = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RandomizationError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    try:
        return RandomizationCfg.from_dict(ranges)
    except RandomizationError as error:
        raise RandomizationError(f"{path}: {error}") from None
