"""Values of a YAML mapping, each taken by its name; what does not fit is one sentence."""

from __future__ import annotations

import difflib
import math
from typing import Any, Dict, Mapping, Optional, Sequence, Set, Tuple

MISSING: Any = object()
"""Default of a key that has to be there."""


class SpecError(ValueError):
    """A spec that is broken or does not fit network and arm; the message says what to do."""


def nearest(name: object, known: Sequence[str]) -> str:
    """What is known instead, for a sentence, beginning with what was probably meant."""
    close = difflib.get_close_matches(str(name), known, 1, 0.5)
    meant = f"did you mean {close[0]!r}? " if close else ""
    return f"{meant}known are {', '.join(known)}"


class SpecValues:
    """A mapping of the spec, read key by key.

    Args:
      values: what YAML made of it.
      path: where it stands in the spec, for sentences.
      known: every key that it may have.

    Raises:
      SpecError: it is no mapping, or has a key that is not known.
    """

    def __init__(self, values: Any, path: str, known: Sequence[str]) -> None:
        if not isinstance(values, Mapping):
            raise SpecError(f"{path} is {_shown(values)}, expected keys and values")
        self._values, self.path = values, path
        for key in values:
            if key not in known:
                raise SpecError(f"{path} has the unknown key {key!r}; {nearest(key, known)}")

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    @property
    def whole_mapping(self) -> Mapping[str, Any]:
        """What YAML made of it."""
        return self._values

    def of(self, key: str) -> str:
        """A key with where it stands, for a sentence."""
        return f"{self.path}.{key}"

    def any(self, key: str, default: Any = MISSING) -> Any:
        """The value as YAML made it."""
        if key in self:
            return self._values[key]
        if default is MISSING:
            raise SpecError(f"{self.path} lacks {key!r}; add it")
        return default

    def text(self, key: str, default: Any = MISSING) -> Any:
        """A text."""
        value = self.any(key, default)
        if value is not default and not isinstance(value, str):
            raise SpecError(f"{self.of(key)} is {_shown(value)}, expected a text")
        return value

    def choice(self, key: str, known: Sequence[str], default: Any = MISSING) -> Any:
        """One of the known texts."""
        value = self.any(key, default)
        if value is not default and value not in known:
            raise SpecError(f"{self.of(key)} is {_shown(value)}; {nearest(value, known)}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.any(key, default)
        if not isinstance(value, bool):
            raise SpecError(f"{self.of(key)} is {_shown(value)}, expected true or false")
        return value

    def whole(self, key: str, default: int, lowest: int, highest: int) -> int:
        """A whole number within bounds."""
        value = self.any(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise SpecError(
                f"{self.of(key)} is {_shown(value)}, expected a whole number of {lowest} to "
                f"{highest}"
            )
        return value

    def number(self, key: str, default: Any = MISSING, lowest: float = -math.inf) -> Any:
        """A finite number of at least ``lowest``; YAML reads 1e-5 as a text, which is taken too."""
        value = self.any(key, default)
        if value is default:
            return value
        found = _number(value)
        if found is None or found < lowest:
            least = "" if math.isinf(lowest) else f" of at least {lowest:g}"
            raise SpecError(f"{self.of(key)} is {_shown(value)}, expected a finite number{least}")
        return found

    def numbers(self, key: str, count: int, default: Any = MISSING) -> Any:
        """A tuple of ``count`` finite numbers."""
        value = self.any(key, default)
        if value is default:
            return value
        found = [_number(one) for one in value] if isinstance(value, (list, tuple)) else [None]
        if len(found) != count or None in found:
            raise SpecError(f"{self.of(key)} is {_shown(value)}, expected {count} finite numbers")
        return tuple(found)

    def per_element(
        self, key: str, count: int, names: Sequence[str], default: Any
    ) -> Tuple[float, ...]:
        """``count`` numbers, given as one for all, as a list, or by joint.

        Args:
          key: its name.
          count: how many.
          names: of the joints that they are for, in order; none where they are for no joints.
          default: where the key is missing, a number or ``count`` of them.
        """
        value = self.any(key, default)
        if isinstance(value, Mapping):
            return self._by_joint(key, value, names)
        if isinstance(value, (list, tuple)):
            found = tuple(map(_number, value))
            if len(found) == count and None not in found:
                return found
        elif _number(value) is not None:
            return (_number(value),) * count
        by_joint = " or one for each joint by its name" if names else ""
        raise SpecError(
            f"{self.of(key)} is {_shown(value)}, expected a finite number or a list of {count}"
            f"{by_joint}"
        )

    def _by_joint(self, key: str, value: Mapping, names: Sequence[str]) -> Tuple[float, ...]:
        if not names:
            raise SpecError(f"{self.of(key)} is {_shown(value)}, but there are no joints here")
        check_names(self.of(key), list(value), names)
        found = [_number(value[name]) for name in names]
        if None in found:
            name = names[found.index(None)]
            raise SpecError(
                f"{self.of(key)}.{name} is {_shown(value[name])}, expected a finite number"
            )
        return tuple(found)

    def span(self, key: str) -> Optional[Tuple[float, float]]:
        """Lowest and highest, None where it is missing; one number c stands for -c to c."""
        value = self.any(key, None)
        if value is None:
            return None
        single = _number(value)
        ends = (-single, single) if single is not None else self.numbers(key, 2)
        if not ends[0] < ends[1]:
            raise SpecError(f"{self.of(key)} is {_shown(value)}, expected the lower number first")
        return ends


def check_names(
    path: str, given: Sequence[Any], names: Sequence[str], all_of_them: bool = True
) -> None:
    """Raise SpecError unless the joints given are those, in any order, each once.

    Args:
      path: where they are given, for a sentence.
      given: the joints.
      names: of every joint that there is.
      all_of_them: whether none may be left out.
    """
    seen: Set[Any] = set()
    for name in given:
        if name not in names:
            raise SpecError(
                f"{path} names {name!r}, which is no joint here; {nearest(name, names)}"
            )
        if name in seen:
            raise SpecError(f"{path} names {name!r} twice; name each joint once")
        seen.add(name)
    for name in names if all_of_them else ():
        if name not in seen:
            raise SpecError(f"{path} lacks the joint {name!r}; name all of {', '.join(names)}")


def mapping_of(values: Any, key: str) -> Dict[str, Any]:
    """A slice as a mapping: a text alone is one with nothing but ``key``."""
    return {key: values} if isinstance(values, str) else values


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
