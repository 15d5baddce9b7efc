"""Fields of a frozen dataclass that say what they mean and which values they take."""

from __future__ import annotations

import math
from dataclasses import Field, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Dict, NamedTuple, Sequence, Tuple

from rl_manip_description.paths import path_of

_KEY = "rl_manip"


class SettingError(ValueError):
    """A value that a setting does not take; the message names both, and what to give."""


class Meaning(NamedTuple):
    """What is known of a setting beside its type and default."""

    text: str
    unit: str
    lowest: float
    highest: float
    choices: Tuple[str, ...]

    def expected(self) -> str:
        """The values that it takes, for a sentence; empty where any value will do."""
        if self.choices:
            return " or ".join(self.choices)
        low, high = math.isfinite(self.lowest), math.isfinite(self.highest)
        if low and high:
            return f"{self.lowest:g} to {self.highest:g}{self._with_unit}"
        if low:
            return f"{self.lowest:g}{self._with_unit} or more"
        return f"{self.highest:g}{self._with_unit} or less" if high else ""

    @property
    def _with_unit(self) -> str:
        return f" {self.unit}" if self.unit else ""


def setting(
    default: Any,
    text: str,
    unit: str = "",
    lowest: float = -math.inf,
    highest: float = math.inf,
    choices: Sequence[str] = (),
) -> Any:
    """A dataclass field with its meaning; call `require_all` in ``__post_init__``.

    Args:
        default: a number, a text, a flag, or a frozen dataclass of further settings.
        text: what the setting means, one sentence.
        unit: of a number, such as ``s``.
        lowest, highest: bounds of a number, both allowed.
        choices: the texts allowed.
    """
    meaning = Meaning(text, unit, lowest, highest, tuple(choices))
    return field(default=default, metadata={_KEY: meaning})


def meaning_of(which: Field[Any]) -> Meaning:
    """The meaning of a field; an empty one where it was not made by `setting`."""
    return which.metadata.get(_KEY, Meaning("", "", -math.inf, math.inf, ()))


def require_all(instance: Any) -> None:
    """Holds every value of a dataclass against its meaning.

    Raises:
        SettingError: a number is not finite or out of its bounds, or a text is no choice.
    """
    for which in fields(instance):
        _require(which.name, getattr(instance, which.name), meaning_of(which))


def values_of(instance: Any) -> Dict[str, Any]:
    """{name: value} of a dataclass, one level deep."""
    return {which.name: getattr(instance, which.name) for which in fields(instance)}


def with_home(value: Any) -> Any:
    """The same with the `~` of every path expanded; a shell does that only to a word's beginning.

    Args:
        value: a path, a tuple or list with paths, or a dataclass of such fields; anything else is
            returned as it is.

    Raises:
        UnknownHomeError: nobody knows one of those home folders.
    """
    if isinstance(value, Path):
        return path_of(value)
    if isinstance(value, (tuple, list)) and not hasattr(value, "_fields"):
        return type(value)(map(with_home, value))
    if is_dataclass(value) and not isinstance(value, type):
        given = {name: one for name, one in values_of(value).items() if with_home(one) != one}
        return replace(value, **{name: with_home(one) for name, one in given.items()})
    return value


def _require(name: str, value: Any, meaning: Meaning) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    unit = f" {meaning.unit}" if meaning.unit and number else ""
    if meaning.choices and value not in meaning.choices:
        raise SettingError(f"{name} is {value!r}: give {meaning.expected()}.")
    # written so that a NaN fails it
    if number and not (math.isfinite(value) and meaning.lowest <= value <= meaning.highest):
        raise SettingError(
            f"{name} is {value:g}{unit}: give {meaning.expected() or 'a finite number'}."
        )
