"""What varies from one simulated arm to the next, and by how much.

``RandomizationCfg`` names every random draw that changes physics or sensing. Its ranges come from a
preset or from a YAML file (the file that the gap tool writes), and ``draw`` turns them into one
``PhysicsSample`` and one ``SignalSample`` per environment.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, NamedTuple, Tuple, Union

import torch
import yaml

from rl_manip_sim.batch_sim import PhysicsSample
from rl_manip_sim.signal_path import SignalSample

Bound = Union[float, Tuple[float, ...]]


class RandomizationError(ValueError):
    """A range or file that cannot be used; the message says why and what is allowed."""


class Range(NamedTuple):
    """A closed interval to draw from uniformly; each bound one figure for all or one per joint."""

    low: Bound
    high: Bound


def _range(
    low: float, high: float, unit: str, minimum: float = 0.0, maximum: float = math.inf
) -> Any:
    return field(
        default=Range(low, high), metadata={"unit": unit, "minimum": minimum, "maximum": maximum}
    )


@dataclass(frozen=True)
class RandomizationCfg:
    """Ranges of every random draw, uniform, per environment; as they stand, preset ``default``."""

    link_mass_scale: Range = _range(0.8, 1.2, "1", 0.1, 10.0)
    """Mass and inertia of each link over nominal; gravity compensation stays at nominal."""
    joint_friction_scale: Range = _range(0.5, 1.5, "1")
    """Coulomb friction of each joint over nominal."""
    joint_damping_scale: Range = _range(0.5, 2.0, "1")
    """Viscous friction of each joint over nominal."""
    joint_armature_scale: Range = _range(0.8, 1.2, "1", 0.1, 10.0)
    """Rotor inertia seen at each joint over nominal."""
    contact_friction: Range = _range(0.3, 1.2, "1")
    """Sliding friction coefficient of every contact shape."""
    velocity_gain: Range = _range(0.97, 1.03, "1", 0.1, 10.0)
    """Reached over commanded velocity, per joint."""
    servo_lag: Range = _range(0.015, 0.03, "s", 1e-3, 1.0)
    """Time by which motion trails the commanded velocity, per joint."""
    action_delay: Range = _range(0.0, 0.03, "s", 0.0, 1.0)
    """Time from a command's computation to its arrival at the servos."""
    actuator_noise: Range = _range(0.0, 0.005, "1", 0.0, 1.0)
    """Standard deviation of noise on the command, over the arm's velocity limit."""
    joint_position_noise: Range = _range(0.0, 5e-4, "rad", 0.0, 1.0)
    """Standard deviation of the noise on measured joint positions."""
    joint_velocity_noise: Range = _range(0.0, 0.01, "rad/s", 0.0, 10.0)
    """Standard deviation of the noise on measured joint velocities."""
    sensor_dropout: Range = _range(0.0, 0.02, "1", 0.0, 1.0)
    """Probability that a reading of the whole joint state repeats the last one."""

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):
            object.__setattr__(self, item.name, _checked(item, getattr(self, item.name)))

    def draw(
        self, count: int, num_joints: int, num_links: int, generator: torch.Generator
    ) -> Tuple[PhysicsSample, SignalSample]:
        """Draw ``count`` environments' physics and signal paths from the ranges.

        Args:
          count: number of environments k.
          num_joints: joints n of the arm.
          num_links: moving links m of the arm.
          generator: CPU generator that every figure is drawn from.

        Returns:
          Tensors with leading dimension k: (k, n) per joint, (k, m) per link, (k,) per environment.

        Raises:
          RandomizationError: a range per joint whose length is not ``num_joints``.
        """

        def uniform(name: str, width: int) -> torch.Tensor:
            low, high = (_as_tensor(name, bound, width) for bound in getattr(self, name))
            return low + (high - low) * torch.rand(count, width, generator=generator)

        physics = PhysicsSample(
            link_mass_scale=uniform("link_mass_scale", num_links),
            joint_friction_scale=uniform("joint_friction_scale", num_joints),
            joint_damping_scale=uniform("joint_damping_scale", num_joints),
            joint_armature_scale=uniform("joint_armature_scale", num_joints),
            contact_friction=uniform("contact_friction", 1)[:, 0],
            servo_lag=uniform("servo_lag", num_joints),
        )
        signal = SignalSample(
            velocity_gain=uniform("velocity_gain", num_joints),
            action_delay=uniform("action_delay", 1)[:, 0],
            actuator_noise=uniform("actuator_noise", 1)[:, 0],
            joint_position_noise=uniform("joint_position_noise", 1)[:, 0],
            joint_velocity_noise=uniform("joint_velocity_noise", 1)[:, 0],
            sensor_dropout=uniform("sensor_dropout", 1)[:, 0],
        )
        return physics, signal

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
        Path(path).write_text(yaml.safe_dump(self.to_dict(), sort_keys=False))


@functools.lru_cache(maxsize=256)  # asked for at every reset
def _as_tensor(name: str, bound: Bound, width: int) -> torch.Tensor:
    values = torch.as_tensor(bound, dtype=torch.float32).reshape(-1)
    if len(values) not in (1, width):
        raise RandomizationError(
            f"{name} has {len(values)} figures, expected one or {width} (one each)"
        )
    return values


def _checked(item: dataclasses.Field, value: Any) -> Range:
    """``value`` as a Range of floats, or a RandomizationError that names the field."""
    name, minimum, maximum = item.name, item.metadata["minimum"], item.metadata["maximum"]
    expected = f"expected [low, high] in {item.metadata['unit']}, {minimum:g} <= low <= high"
    if maximum != math.inf:
        expected += f" <= {maximum:g}"
    try:
        low, high = () if isinstance(value, str) else value
        bounds = [
            tuple(map(float, bound)) if isinstance(bound, (list, tuple)) else float(bound)
            for bound in (low, high)
        ]
        pairs = torch.broadcast_tensors(*(torch.tensor(b, dtype=torch.float64) for b in bounds))
    except (TypeError, ValueError, RuntimeError):
        raise RandomizationError(f"{name} is {value!r}, {expected}") from None
    low_values, high_values = (pair.reshape(-1).tolist() for pair in pairs)
    for lower, upper in zip(low_values, high_values):
        # written so that a NaN fails it
        if not (math.isfinite(upper) and minimum <= lower <= upper <= maximum):
            raise RandomizationError(f"{name} is {value!r}, {expected}")
    return Range(*bounds)


PRESETS: Dict[str, RandomizationCfg] = {
    "none": RandomizationCfg(
        link_mass_scale=Range(1.0, 1.0),
        joint_friction_scale=Range(1.0, 1.0),
        joint_damping_scale=Range(1.0, 1.0),
        joint_armature_scale=Range(1.0, 1.0),
        contact_friction=Range(0.8, 0.8),
        velocity_gain=Range(1.0, 1.0),
        servo_lag=Range(0.02, 0.02),
        action_delay=Range(0.0, 0.0),
        actuator_noise=Range(0.0, 0.0),
        joint_position_noise=Range(0.0, 0.0),
        joint_velocity_noise=Range(0.0, 0.0),
        sensor_dropout=Range(0.0, 0.0),
    ),
    "default": RandomizationCfg(),
    "aggressive": RandomizationCfg(
        link_mass_scale=Range(0.6, 1.4),
        joint_friction_scale=Range(0.2, 3.0),
        joint_damping_scale=Range(0.25, 4.0),
        joint_armature_scale=Range(0.5, 2.0),
        contact_friction=Range(0.2, 1.5),
        velocity_gain=Range(0.9, 1.1),
        servo_lag=Range(0.012, 0.06),
        action_delay=Range(0.0, 0.08),
        actuator_noise=Range(0.0, 0.05),
        joint_position_noise=Range(0.0, 5e-3),
        joint_velocity_noise=Range(0.0, 0.05),
        sensor_dropout=Range(0.0, 0.05),
    ),
}
"""Named ranges: ``none`` is the nominal model exactly."""


def load_randomization(name_or_path: Union[str, Path]) -> RandomizationCfg:
    """The preset of that name, or the ranges in that YAML file.

    Raises:
      RandomizationError: neither a preset nor a readable file of ranges.
    """
    preset = PRESETS.get(str(name_or_path))
    if preset is not None:
        return preset
    path = Path(name_or_path)
    if not path.is_file():
        raise RandomizationError(
            f"randomization is {str(name_or_path)!r}, expected one of {', '.join(PRESETS)} "
            "or the path of a YAML file"
        )
    try:
        ranges = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RandomizationError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    try:
        return RandomizationCfg.from_dict(ranges)
    except RandomizationError as error:
        raise RandomizationError(f"{path}: {error}") from None
