"""Intervals to draw from: how one is declared, checked and read."""

from __future__ import annotations

import dataclasses
import functools
import math
from dataclasses import field
from typing import Any, NamedTuple, Tuple, Union

import torch

Bound = Union[float, Tuple[float, ...]]


class RandomizationError(ValueError):
    """A range or file that cannot be used; the message says why and what is allowed."""


class Range(NamedTuple):
    """A closed interval to draw from uniformly; each bound one figure for all or one per joint."""

    low: Bound
    high: Bound


def ranged(
    low: float,
    high: float,
    unit: str,
    minimum: float = 0.0,
    maximum: float = math.inf,
    per: str = "environment",
    nominal: float = 0.0,
) -> Any:
    """A dataclass field that holds a ``Range`` of ``unit`` within [minimum, maximum].

    Args:
      low: default lower bound.
      high: default upper bound.
      unit: of the figure, as messages print it.
      minimum: smallest bound that is allowed.
      maximum: largest bound that is allowed.
      per: what draws a figure of its own: each "environment", "joint", "link" or "axis".
      nominal: the figure of the model that is not randomised.
    """
    allowed = {"unit": unit, "minimum": minimum, "maximum": maximum}
    metadata = {**allowed, "per": per, "nominal": nominal}
    return field(default=Range(low, high), metadata=metadata)


def checked_range(item: dataclasses.Field, value: Any) -> Range:
    """``value`` as a ``Range`` of floats.

    Raises:
      RandomizationError: not such a range; the message names the field.
    """
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


@functools.lru_cache(maxsize=256)  # asked for at every reset
def bound_tensor(name: str, bound: Bound, width: int) -> torch.Tensor:
    """(width,) figures of a bound.

    Raises:
      RandomizationError: neither one figure nor ``width``.
    """
    values = torch.as_tensor(bound, dtype=torch.float32).reshape(-1)
    if len(values) not in (1, width):
        raise RandomizationError(
            f"{name} has {len(values)} figures, expected one or {width} (one each)"
        )
    return values.expand(width)


def interpolated_range(narrow: Range, wide: Range, share: float) -> Range:
    """The range at ``share`` [0, 1] of the way from ``narrow`` to ``wide``."""
    return Range(*(_interpolated(a, b, share) for a, b in zip(narrow, wide)))


def _interpolated(start: Bound, end: Bound, share: float) -> Bound:
    if share >= 1.0:
        return end
    if isinstance(start, tuple) or isinstance(end, tuple):
        count = len(start if isinstance(start, tuple) else end)
        starts, ends = (
            bound if isinstance(bound, tuple) else (bound,) * count for bound in (start, end)
        )
        return tuple(a + share * (b - a) for a, b in zip(starts, ends))
    return start + share * (end - start)
