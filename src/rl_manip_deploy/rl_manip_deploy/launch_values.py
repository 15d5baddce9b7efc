"""Values of launch arguments, which come as text."""

from __future__ import annotations

import math
import re
from typing import Mapping, Sequence

FORCE_LIMIT, MOST_FORCE = 60.0, 500.0
"""Force at which the guard stops an arm whose policy reads the wrench, and largest limit [N]."""


class LaunchArgumentError(ValueError):
    """An argument that cannot be used; the message says which, and what to give."""


def one_of(values: Mapping[str, str], name: str, choices: Sequence[str]) -> str:
    """The value, where it is one of the choices."""
    if values[name] not in choices:
        raise LaunchArgumentError(f"{name} is {values[name]!r}: choose {' or '.join(choices)}.")
    return values[name]


def boolean(values: Mapping[str, str], name: str) -> bool:
    """true or false."""
    return one_of({name: values[name].lower()}, name, ("true", "false")) == "true"


def number(values: Mapping[str, str], name: str, lowest: float, highest: float) -> float:
    """A finite number in [lowest, highest]."""
    try:
        value = float(values[name])
    except ValueError:
        value = math.nan
    if not lowest <= value <= highest:
        raise LaunchArgumentError(
            f"{name} is {values[name]!r}: give a number from {lowest:g} to {highest:g}."
        )
    return value


def whole(values: Mapping[str, str], name: str, lowest: int, highest: int) -> int:
    """A whole number in [lowest, highest]."""
    value = number(values, name, lowest, highest)
    if value != int(value):
        raise LaunchArgumentError(f"{name} is {values[name]!r}: give a whole number.")
    return int(value)


def force_limit(values: Mapping[str, str], reads_wrench: bool) -> float:
    """As the guard takes it [N], 0 for none; auto limits policies that read the wrist's wrench."""
    if values["force_limit"] != "auto":
        return number(values, "force_limit", 0.0, MOST_FORCE)
    return FORCE_LIMIT if reads_wrench else 0.0


def namespace_of(values: Mapping[str, str]) -> str:
    """The namespace without slashes around it, empty for none."""
    namespace = values["namespace"].strip("/")
    if namespace and not re.fullmatch(r"[A-Za-z_]\w*(/[A-Za-z_]\w*)*", namespace, re.ASCII):
        raise LaunchArgumentError(
            f"namespace is {values['namespace']!r}: give letters, digits and underscores, such as "
            "left or cell_1/left."
        )
    return namespace
