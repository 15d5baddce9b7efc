"""What a person says in one file about the guard: limits, zones, payload and timing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Callable, List, Mapping, Tuple, TypeVar

from rl_manip_deploy.guard.conditions.guard_timing import GuardTiming
from rl_manip_deploy.guard.space.guarded_space import NOTHING_AROUND, Surroundings
from rl_manip_deploy.guard.space.payload import payload_from
from rl_manip_deploy.guard.space.zones import Zone, zone_from
from rl_manip_deploy.written import known_keys, number
from rl_manip_description.model.described_files import DescribedFile
from rl_manip_description.paths import path_of

T = TypeVar("T")
SECTIONS = ("limits", "zones", "payload", "timing")


@dataclass(frozen=True)
class GuardSettings:
    """The file's sections; what it leaves out is as it would be without a file."""

    limits: Mapping[str, Any] = field(default_factory=dict)
    """Overrides, as `tightened` takes them."""
    surroundings: Surroundings = NOTHING_AROUND
    timing: GuardTiming = GuardTiming()


def read_settings(path: str) -> GuardSettings:
    """The settings in a YAML file; without a path those that leave everything as it is.

    Limits are only looked up here: whether they are tight enough depends on the arm.

    Raises:
        ValueError: the file cannot be read, or something in it cannot be; names file and section.
    """
    if not path:
        return GuardSettings()
    file = path_of(path)
    values = DescribedFile(file.stem, file).read()
    given = _named(str(file), lambda: known_keys(values, optional=SECTIONS))
    limits, timing, payload = (given.get(key) for key in ("limits", "timing", "payload"))
    surroundings = Surroundings(_zones(f"{file}: zones", given.get("zones") or []))
    if payload is not None:
        carried = _named(f"{file}: payload", lambda: payload_from(payload))
        surroundings = replace(surroundings, payload=carried)
    return GuardSettings(
        limits=_named(f"{file}: limits", lambda: _mapping(limits or {})),
        surroundings=surroundings,
        timing=_named(f"{file}: timing", lambda: _timing(timing or {})),
    )


def _zones(section: str, values: Any) -> Tuple[Zone, ...]:
    if not isinstance(values, list):
        raise ValueError(f"{section}: {values!r} is no list: give a list of zones.")
    zones: List[Zone] = []
    for place, one in enumerate(values, 1):
        name = one.get("name") if isinstance(one, dict) else None
        zone = _named(f"{section}: {name or f'number {place}'}", partial(zone_from, one))
        if zone.name in [other.name for other in zones]:
            raise ValueError(f"{section}: two are called {zone.name!r}: give each a name.")
        zones.append(zone)
    return tuple(zones)


def _timing(values: Any) -> GuardTiming:
    known_keys(values, optional=tuple(GuardTiming.__dataclass_fields__))
    return GuardTiming(**{name: number(name, value) for name, value in values.items()})


def _mapping(values: Any) -> Mapping[str, Any]:
    if not isinstance(values, dict):
        raise ValueError(f"{values!r} is no mapping: give limits by name.")
    return values


def _named(where: str, make: Callable[[], T]) -> T:
    """What is made; a mistake in it says where it is."""
    try:
        return make()
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
