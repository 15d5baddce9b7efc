"""Sliders from the randomisation ranges: names, units and bounds stand there, and nowhere else."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, List, Mapping, Optional, Tuple

import numpy as np

from rl_manip_cockpit.state.trial.knob import Knob
from rl_manip_sim.models.scene import Scene
from rl_manip_sim.randomization.drawing import absent_from
from rl_manip_sim.randomization.randomization_cfg import PRESETS, RandomizationCfg, Range

MAIN = (
    "action_delay",
    "observation_delay",
    "joint_position_noise",
    "joint_velocity_noise",
    "actuator_noise",
    "servo_lag",
    "payload",
    "joint_friction_scale",
)
"""What breaks policies first."""
DRAWN = ("object_size", "support_half_width", "support_half_height")
"""No sliders: things come in every size that was trained with."""
BEYOND = 2.0
"""A slider goes so much further from nominal than the widest range that is known [1]."""
SHOWN = {"s": ("ms", 1e3), "rad": ("mrad", 1e3), "m": ("mm", 1e3), "1": ("", 1.0)}
"""Unit and scale for a person, where the setting's own are too large."""


def knobs_of(trained: Mapping[str, Any], scene: Scene, with_gripper: bool) -> Tuple[Knob, ...]:
    """The sliders of a policy, those that matter most first.

    Args:
        trained: ranges in the policy's file, by name; what it does not name was nominal. Of an
            empty one nobody knows.
        scene: what its task has beside the arm.
        with_gripper: whether its arm carries a gripper.
    """
    ranges = RandomizationCfg.from_dict(dict(trained))
    things = {"object_": scene.has_object, "gripper_": with_gripper}
    missing = (beginning for beginning, is_there in things.items() if not is_there)
    lacking = (*absent_from(scene), *missing)
    knobs: List[Knob] = []
    for item in dataclasses.fields(RandomizationCfg):
        if item.name in DRAWN or item.name.startswith(lacking):
            continue
        seen = getattr(ranges, item.name) if trained else None
        knobs.append(_knob(item, seen))
    return tuple(sorted(knobs, key=_rank))


def ranges_at(
    figures: Mapping[str, float], knobs: Tuple[Knob, ...], drawn_from: RandomizationCfg
) -> RandomizationCfg:
    """Ranges that hold nothing but what the sliders say.

    Args:
        figures: of every slider, as shown.
        knobs: the sliders.
        drawn_from: ranges of what has no slider.
    """
    exact = {knob.name: figures[knob.name] / knob.scale for knob in knobs}
    return dataclasses.replace(
        PRESETS["none"],
        **{name: getattr(drawn_from, name) for name in DRAWN},
        **{name: Range(figure, figure) for name, figure in exact.items()},
    )


def longest_delays(ranges: RandomizationCfg, knobs: Tuple[Knob, ...]) -> RandomizationCfg:
    """The same with delays up to the sliders' ends: what an environment has to have room for."""
    ends = {knob.name: knob.high / knob.scale for knob in knobs if knob.name.endswith("_delay")}
    return dataclasses.replace(ranges, **{name: Range(0.0, end) for name, end in ends.items()})


def _knob(item: dataclasses.Field[Any], seen: Optional[Range]) -> Knob:
    nominal = float(item.metadata["nominal"])
    known = [getattr(PRESETS["aggressive"], item.name), *([seen] if seen is not None else [])]
    low = min(_ends(one)[0] for one in known)
    high = max(_ends(one)[1] for one in known)
    low = max(nominal - BEYOND * (nominal - low), float(item.metadata["minimum"]))
    high = min(nominal + BEYOND * (high - nominal), float(item.metadata["maximum"]))
    unit, scale = SHOWN.get(item.metadata["unit"], (item.metadata["unit"], 1.0))
    trained = None
    if seen is not None:
        first, last = _ends(seen)
        trained = (first * scale, last * scale)
    return Knob(
        item.name,
        unit,
        scale,
        _rounded(low * scale),
        _rounded(high * scale),
        nominal * scale,
        trained,
        item.name in MAIN,
    )


def _ends(given: Range) -> Tuple[float, float]:
    """Of a range that may be given per joint."""
    return float(np.min(given.low)), float(np.max(given.high))


def _rounded(figure: float) -> float:
    """What a person reads in a field."""
    return float(f"{figure:.6g}")


def _rank(knob: Knob) -> float:
    return MAIN.index(knob.name) if knob.is_main else math.inf
