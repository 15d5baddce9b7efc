"""ROS parameters declared from the frozen dataclass that uses them, with meaning and bounds."""

from __future__ import annotations

import math
from dataclasses import Field, fields, is_dataclass
from typing import Any, Collection, Dict, Type, TypeVar, Union

import numpy as np
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.node import Node

from rl_manip_description.contract.settings import Meaning, SettingError, meaning_of

T = TypeVar("T")


Changeable = Union[bool, Collection[str]]


def declare(node: Node, kind: Type[T], prefix: str = "", changeable: Changeable = False) -> T:
    """Declares a parameter for each field, ``<prefix><name>``, and returns the dataclass.

    A field that is a dataclass itself becomes ``<name>.<its fields>``.

    Args:
        kind: a dataclass whose fields all have defaults.
        changeable: whether parameters can be set later, or which ones, by their full names;
            otherwise `ros2 param set` is refused.

    Raises:
        SettingError: a value is of another type or out of its bounds; names the parameter.
    """
    return _made(node, kind, declared_values(node, kind(), prefix, changeable), prefix)


def declared_values(
    node: Node, defaults: Any, prefix: str = "", changeable: Changeable = False
) -> Dict[str, Any]:
    """Like `declare`, with the defaults of an instance; returns {field: value given}.

    Arrays become lists of numbers; for them one number may be given, too.
    """
    values = {}
    for which in fields(defaults):
        name, default = prefix + which.name, getattr(defaults, which.name)
        if is_dataclass(default):
            inner = declared_values(node, default, f"{name}.", changeable)
            values[which.name] = _made(node, type(default), inner, f"{name}.")
        else:
            values[which.name] = _declared(node, which, name, default, changeable)
    return values


def _made(node: Node, kind: Type[T], values: Dict[str, Any], prefix: str) -> T:
    try:
        return kind(**values)
    except ValueError as error:
        raise SettingError(f"{prefix}{error}") from None


def _declared(
    node: Node, which: Field[Any], name: str, default: Any, changeable: Changeable
) -> Any:
    default = default.tolist() if isinstance(default, np.ndarray) else default
    meaning = meaning_of(which)
    # typed by us: rclpy takes no whole number where a decimal one is expected, and says it badly
    description = ParameterDescriptor(description=_described(meaning), dynamic_typing=True)
    given = node.declare_parameter(name, default, description).value
    value = _as_type_of(name, default, given)
    can_change = changeable if isinstance(changeable, bool) else name in changeable
    described = _descriptor(meaning, default, can_change)
    if _is_within(value, meaning):
        node.set_descriptor(name, described)
    return value


def _as_type_of(name: str, default: Any, value: Any) -> Any:
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(default, list):
        return value
    if type(value) is not type(default):
        kinds = {str: "text", float: "a number", int: "a whole number", bool: "true or false"}
        expected = kinds.get(type(default), type(default).__name__)
        raise SettingError(f"{name} is {value!r}: give {expected}.")
    return value


def _is_within(value: Any, meaning: Meaning) -> bool:
    """Whether rclpy will take the bounds; what is out of them is said by the dataclass."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return True
    return meaning.lowest <= value <= meaning.highest


def _descriptor(meaning: Meaning, default: Any, changeable: bool) -> ParameterDescriptor:
    descriptor = ParameterDescriptor(
        description=_described(meaning),
        read_only=not changeable,
        dynamic_typing=True,
        additional_constraints=meaning.expected(),
    )
    if math.isfinite(meaning.lowest) and math.isfinite(meaning.highest):
        if isinstance(default, float):
            descriptor.floating_point_range = [
                FloatingPointRange(from_value=meaning.lowest, to_value=meaning.highest, step=0.0)
            ]
        elif isinstance(default, int) and not isinstance(default, bool):
            descriptor.integer_range = [
                IntegerRange(from_value=int(meaning.lowest), to_value=int(meaning.highest), step=1)
            ]
    return descriptor


def _described(meaning: Meaning) -> str:
    return f"{meaning.text} [{meaning.unit}]" if meaning.unit else meaning.text
