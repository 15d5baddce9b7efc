"""Reads the spec of a foreign network from its YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import yaml

from rl_manip_description import Arm, load_arm
from rl_manip_description.model.described_files import DescribedFile
from rl_manip_train.policy.foreign.spec.foreign_spec import (
    BASE,
    TOOL,
    Action,
    ForeignSpec,
    History,
    NetworkNames,
    ObservedInput,
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


class Completed(NamedTuple):
    """A spec's values with those that a bundle says by itself."""

    values: Dict[str, Any]
    added: Dict[str, Any]  # those of the bundle
    notes: Tuple[str, ...]  # what to tell the person who imports it


Completion = Callable[[Mapping[str, Any], Arm, str], Completed]
"""Completes values of a spec for an arm; the text is the spec's name, for sentences."""


def read_spec(path: Path, completion: Optional[Completion] = None) -> ForeignSpec:
    """The spec in a YAML file.

    Args:
      path: of the file.
      completion: adds what a bundle says; None where there is none.

    Raises:
      DescriptionFileError: a file that cannot be read, or is no YAML.
      SpecError: something in it that is unknown, missing, or does not fit the arm.
      ValueError: an arm that nobody knows.
    """
    path = Path(path)
    values = SpecValues(DescribedFile(path.stem, path).read(), path.name, KEYS)
    arm = load_arm(values.text("arm"))
    text, notes = path.read_text(encoding="utf-8"), ()
    if completion is not None:
        completed = completion(values.whole_mapping, arm, path.name)
        values, notes = SpecValues(completed.values, path.name, KEYS), completed.notes
        text = f"{text.rstrip()}\n\n{_as_comment(completed.added)}"
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
    network = SpecValues(
        values.any("network", {}), values.of("network"), ("observation", "action", "states")
    )
    inputs = tuple(
        ObservedInput(
            name,
            tuple(
                _slice(one, f"{at}[{index}]", given, names, action.width, length, frames)
                for index, one in enumerate(listed)
            ),
        )
        for name, at, listed in _inputs(values, network)
    )
    for one in inputs:
        if layout == "by_step" and len({part.history for part in one.slices}) > 1:
            raise SpecError(
                "observation has slices with a history of their own, which history.layout by_step "
                "has no place for; give by_slice"
            )
    if len(inputs) > 1 and "normalizer" in values:
        raise SpecError(
            f"{values.of('normalizer')} is of one observation, and the network has {len(inputs)} "
            "inputs; export it with its normaliser inside"
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
        network=NetworkNames(network.text("action", None), dict(states)),
        inputs=inputs,
        history=History(
            history.choice("order", ("oldest_first", "newest_first"), "oldest_first")
            == "newest_first",
            layout == "by_step",
            history.choice("start", ("repeat", "zeros"), "repeat") == "repeat",
        ),
        normalizer=values.any("normalizer", None),
        action=action,
        randomization=values.text("randomization", "none"),
        text=text,
        notes=notes,
    )


def _as_comment(added: Mapping[str, Any]) -> str:
    listed = yaml.safe_dump(dict(added), sort_keys=False, default_flow_style=None, width=90)
    return "# what the bundle says:\n" + "".join(f"# {line}\n" for line in listed.splitlines())


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


def _inputs(
    values: SpecValues, network: SpecValues
) -> Tuple[Tuple[Optional[str], str, Sequence[Any]], ...]:
    """Each input's name, None for the only one; where it stands in the spec; and its slices."""
    found = values.any("observation")
    if not isinstance(found, Mapping):
        listed = _listed(values.of("observation"), found)
        return ((network.text("observation", None), "observation", listed),)
    if "observation" in network or not found:
        raise SpecError(
            f"{values.of('observation')} names the inputs of the network, each with its slices; "
            "remove network.observation"
            if found
            else f"{values.of('observation')} is empty, expected slices"
        )
    return tuple(
        (str(name), f"observation.{name}", _listed(f"{values.of('observation')}.{name}", one))
        for name, one in found.items()
    )


def _listed(path: str, found: Any) -> Sequence[Any]:
    if not isinstance(found, list) or not found:
        raise SpecError(f"{path} is {found!r}, expected a list of slices")
    return found


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
        path=path,
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
