"""Reads the spec of a foreign network from its YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Tuple

import numpy as np

from rl_manip_description import Arm, load_arm
from rl_manip_description.model.described_files import DescribedFile
from rl_manip_train.policy.foreign.spec.foreign_spec import (
    BASE,
    TOOL,
    Action,
    ForeignSpec,
    History,
    NetworkNames,
    Shaping,
    Slice,
)
from rl_manip_train.policy.foreign.spec.quantities import (
    ACTIONS,
    FORMS,
    GIVEN,
    ORIENTATION,
    PER_ACTION,
    PER_JOINT,
    QUANTITIES,
)
from rl_manip_train.policy.foreign.spec.reference_frames import read_frame
from rl_manip_train.policy.foreign.spec.spec_values import (
    SpecError,
    SpecValues,
    check_names,
    mapping_of,
)

KEYS = (
    *("arm", "task", "source", "control_rate", "control_dt", "joints", "default_position"),
    *("joint_spread", "velocity_limit", "frames", "tool", "network", "observation", "history"),
    *("normalizer", "action", "randomization"),
)
SHAPING = ("clip", "scale", "offset", "clip_scaled")
SLICE = ("name", "unit", "joints", "frame", "form", "positive", "values", "history", *SHAPING)
ACTION = ("kind", "unit", "frame", "width", "keep_orientation", "reach_in", *SHAPING)
CONTROL_DT = (0.002, 0.09)
"""Control periods that the policy node keeps [s]."""
MOST_STEPS = 1000


def read_spec(path: Path) -> ForeignSpec:
    """The spec in a YAML file.

    Raises:
      DescriptionFileError: a file that cannot be read, or is no YAML.
      SpecError: something in it that is unknown, missing, or does not fit the arm.
      ValueError: an arm that nobody knows.
    """
    path = Path(path)
    values = SpecValues(DescribedFile(path.stem, path).read(), path.name, KEYS)
    arm = load_arm(values.text("arm"))
    names = arm.joint_names
    given = values.any("joints", list(names))
    if not isinstance(given, list):
        raise SpecError(
            f"{values.of('joints')} is {given!r}, expected a list of {', '.join(names)}"
        )
    check_names(values.of("joints"), given, names)
    joints = tuple(names.index(name) for name in given)
    arms_order = np.argsort(joints)

    def in_arms_order(key: str, default: Any) -> Tuple[float, ...]:
        found = values.per_element(key, len(names), given, default)
        return tuple(found[index] for index in arms_order)

    frames = values.any("frames", {})
    SpecValues(frames, values.of("frames"), list(frames) if isinstance(frames, Mapping) else ())
    control_dt = _control_dt(values)
    action = _action(values, arm, given, control_dt, frames)
    history = SpecValues(
        values.any("history", {}), values.of("history"), ("length", "order", "layout", "start")
    )
    length = history.whole("length", 1, 1, MOST_STEPS)
    layout = history.choice("layout", ("by_slice", "by_step"), "by_slice")
    observation = tuple(
        _slice(one, f"observation[{index}]", given, names, action.width, length, frames)
        for index, one in enumerate(_listed(values, "observation"))
    )
    if layout == "by_step" and len({one.history for one in observation}) > 1:
        raise SpecError(
            "observation has slices with a history of their own, which history.layout by_step has "
            "no place for; give by_slice"
        )
    network = SpecValues(
        values.any("network", {}), values.of("network"), ("observation", "action", "states")
    )
    states = network.any("states", {})
    if not isinstance(states, Mapping) or not all(isinstance(one, str) for one in states.values()):
        raise SpecError(f"{network.of('states')} is {states!r}, expected input: output of each")
    spread = in_arms_order("joint_spread", None) if "joint_spread" in values else None
    if spread is not None and min(spread) <= 0.0:
        raise SpecError(
            f"{values.of('joint_spread')} has {min(spread):g} rad, expected more than 0 for each"
        )
    return ForeignSpec(
        arm=arm,
        task=values.text("task", "reach"),
        source=values.text("source", "elsewhere"),
        control_dt=control_dt,
        joints=joints,
        default_position=in_arms_order("default_position", [arm.home[index] for index in joints]),
        joint_spread=spread,
        velocity_limit=(
            in_arms_order("velocity_limit", None) if "velocity_limit" in values else None
        ),
        frames={name: read_frame(one, f"frames.{name}") for name, one in frames.items()},
        tool=read_frame(values.any("tool", {}), values.of("tool")),
        network=NetworkNames(
            network.text("observation", None), network.text("action", None), dict(states)
        ),
        observation=observation,
        history=History(
            history.choice("order", ("oldest_first", "newest_first"), "oldest_first")
            == "newest_first",
            layout == "by_step",
            history.choice("start", ("repeat", "zeros"), "repeat") == "repeat",
        ),
        normalizer=values.any("normalizer", None),
        action=action,
        randomization=values.text("randomization", "none"),
    )


def _control_dt(values: SpecValues) -> float:
    if ("control_rate" in values) == ("control_dt" in values):
        raise SpecError(
            f"{values.path} needs either control_rate [Hz] or control_dt [s]: how often the "
            "network was asked in training"
        )
    found = values.number("control_dt", None) or 1.0 / values.number("control_rate", lowest=1e-3)
    low, high = CONTROL_DT
    if not low <= found <= high:
        raise SpecError(
            f"{values.path} asks the network every {found:g} s, and policies here act every "
            f"{low:g} to {high:g} s; train it at such a rate"
        )
    return found


def _listed(values: SpecValues, key: str) -> Tuple[Any, ...]:
    found = values.any(key)
    if not isinstance(found, list) or not found:
        raise SpecError(f"{values.of(key)} is {found!r}, expected a list of slices")
    return tuple(found)


def _shaping(values: SpecValues, count: int, names: Tuple[str, ...]) -> Shaping:
    return Shaping(
        values.span("clip"),
        values.per_element("scale", count, names, 1.0),
        values.per_element("offset", count, names, 0.0),
        values.span("clip_scaled"),
    )


def _slice(
    given: Any,
    path: str,
    order: Any,
    names: Tuple[str, ...],
    actions: int,
    length: int,
    frames: Mapping[str, Any],
) -> Slice:
    values = SpecValues(mapping_of(given, "name"), path, SLICE)
    name = values.choice("name", tuple(QUANTITIES))
    values = SpecValues(mapping_of(given, "name"), f"{path} ({name})", SLICE)
    known = QUANTITIES[name]
    chosen = tuple(order)
    if "joints" in values:
        wanted = values.any("joints")
        chosen = tuple(wanted) if isinstance(wanted, list) else (wanted,)
        check_names(values.of("joints"), chosen, names, all_of_them=False)
    constant: Tuple[float, ...] = ()
    if known.width == GIVEN:
        listed = values.any("values")
        constant = values.numbers("values", len(listed) if isinstance(listed, list) else 1)
    form = values.choice("form", tuple(FORMS)) if known.width == ORIENTATION else ""
    decided = {
        PER_JOINT: len(chosen),
        ORIENTATION: FORMS.get(form, 0),
        PER_ACTION: actions,
        GIVEN: len(constant),
    }
    width = decided.get(known.width, known.width)
    allowed = [BASE, *frames, *([TOOL] if known.in_tool else [])]
    if not known.has_frame and "frame" in values:
        raise SpecError(f"{values.path} has a frame, and {known.meaning} are in none; remove it")
    # what is per element of a joint slice may be given by joint
    joints = chosen if known.width == PER_JOINT else ()
    return Slice(
        name=name,
        width=width,
        per_unit=known.units[values.choice("unit", tuple(known.units), next(iter(known.units)))],
        joints=tuple(names.index(joint) for joint in joints),
        frame=values.choice("frame", allowed, BASE),
        form=form,
        positive=values.choice("positive", tuple("xyzw"), "w"),
        values=constant,
        history=values.whole("history", length, 1, MOST_STEPS),
        shaping=_shaping(values, width, joints),
    )


def _action(
    values: SpecValues, arm: Arm, order: Any, control_dt: float, frames: Mapping[str, Any]
) -> Action:
    action = SpecValues(values.any("action"), "action", ACTION)
    kind = action.choice("kind", tuple(ACTIONS))
    units = ACTIONS[kind][1]
    of_tool = kind.startswith("tool_")
    width = action.whole("width", 6, 3, 6) if of_tool else arm.num_joints
    if width not in (3, 6) and of_tool:
        raise SpecError(f"action.width is {width}, expected 3 (it moves) or 6 (it turns, too)")
    foreign = [key for key in ("width", "frame", "keep_orientation") if key in action]
    if foreign and not of_tool:
        raise SpecError(f"action.{foreign[0]} says how the tool moves, but {kind} moves joints")
    return Action(
        kind=kind,
        width=width,
        per_unit=units[action.choice("unit", tuple(units), next(iter(units)))],
        frame=action.choice("frame", [BASE, TOOL, *frames], BASE),
        keep_orientation=action.flag("keep_orientation", True),
        reach_in=action.number("reach_in", control_dt, lowest=control_dt),
        shaping=_shaping(action, width, () if of_tool else tuple(order)),
    )
