"""Turn JSON text into dataclasses, refusing everything that does not fit, by one sentence."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any, Dict, Type, TypeVar, Union, get_type_hints

T = TypeVar("T")

ADDED_LATER = {"added_later": True}
"""Metadata of a dataclass's field that older texts lack; they are read with its default."""


class JsonShapeError(ValueError):
    """JSON text that is broken, or that does not have the shape of the wanted dataclass."""


def parse_object(text: str) -> Dict[str, Any]:
    """The JSON object in `text`.

    Raises:
        JsonShapeError: broken or truncated text, a key twice, or no object.
    """
    try:
        values = json.loads(text, object_pairs_hook=_unique_keys)
    except json.JSONDecodeError as error:
        raise JsonShapeError(
            f"broken or truncated JSON at character {error.pos} of {len(text)}: {error.msg}"
        ) from None
    if not isinstance(values, dict):
        raise JsonShapeError(f"expected a JSON object, found {_shown(values)}")
    return values


def decode(wanted: Type[T], values: Any, path: str = "") -> T:
    """`values` as an instance of `wanted`: a dataclass whose fields have types of JSON.

    Fields may be str, bool, int, float, a dataclass, Tuple[X, ...], Dict[str, Any] or Optional[X].

    Raises:
        JsonShapeError: a key is missing or unknown, or a value has another type or is not finite.
    """
    return _decode(wanted, values, path)


def _decode(wanted: Any, value: Any, path: str) -> Any:
    origin = getattr(wanted, "__origin__", None)
    if origin is Union:
        inner = next(kind for kind in wanted.__args__ if kind is not type(None))
        return None if value is None else _decode(inner, value, path)
    if origin is tuple:
        items = _expect(isinstance(value, list), value, path, "a list")
        return tuple(
            _decode(wanted.__args__[0], item, f"{path}[{i}]") for i, item in enumerate(items)
        )
    if origin is dict:
        _expect(isinstance(value, dict), value, path, "an object")
        _expect_finite(value, path)
        return value
    if dataclasses.is_dataclass(wanted):
        return _decode_dataclass(wanted, value, path)
    if wanted is float:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        _expect(is_number and math.isfinite(value), value, path, "a finite number")
        return float(value)
    if wanted is int:
        return _expect(
            isinstance(value, int) and not isinstance(value, bool), value, path, "a whole number"
        )
    return _expect(isinstance(value, wanted), value, path, {str: "a text", bool: "a bool"}[wanted])


def _decode_dataclass(wanted: Any, value: Any, path: str) -> Any:
    _expect(isinstance(value, dict), value, path, "an object")
    prefix = f"{path}." if path else ""
    types = get_type_hints(wanted)
    known = dataclasses.fields(wanted)
    names = [field.name for field in known]
    # Keys that came later are marked so: what was written before lacks them.
    added = [field.name for field in known if ADDED_LATER.items() <= field.metadata.items()]
    missing = [name for name in names if name not in value and name not in added]
    unknown = [name for name in value if name not in names]
    if missing or unknown:
        problem, name = ("is missing", missing[0]) if missing else ("is unknown", unknown[0])
        raise JsonShapeError(f"key {prefix + name!r} {problem}")
    return wanted(
        **{
            name: _decode(types[name], value[name], prefix + name)
            for name in names
            if name in value
        }
    )


def _expect(condition: bool, value: Any, path: str, description: str) -> Any:
    if not condition:
        raise JsonShapeError(f"{path!r} is {_shown(value)}, expected {description}")
    return value


def _expect_finite(value: Any, path: str) -> None:
    """Python reads NaN, Infinity and, as infinity, 1e999."""
    if isinstance(value, float):
        _expect(math.isfinite(value), value, path, "a finite number")
    elif isinstance(value, dict):
        for key, item in value.items():
            _expect_finite(item, f"{path}.{key}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            _expect_finite(item, f"{path}[{i}]")


def _unique_keys(pairs: Any) -> Dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise JsonShapeError(f"key {twice!r} is there twice")
    return values


def _shown(value: Any) -> str:
    """A value for a message, cut at 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
