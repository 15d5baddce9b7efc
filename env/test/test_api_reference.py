"""The API reference builds where a module is absent, and knows types where classes are shown."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import NamedTuple, Optional

import api_reference


@dataclass
class Settings:
    rate: Optional[int] = None


class Point(NamedTuple):
    x: Optional[float] = None


def test_names_in_an_absent_module_are_classes_of_that_module():
    absent = api_reference.Absent("isaacgym.gymapi")
    assert absent.Sim.__name__ == "Sim"
    assert absent.Sim.__module__ == "isaacgym.gymapi"
    assert not hasattr(absent, "__wrapped__")


def test_fields_have_types_in_place_of_names():
    shown = ModuleType("rl_manip_elsewhere")  # which knows no Optional
    for kind in (Settings, Point):
        kind.__module__, home = "rl_manip_here", kind.__module__
        sys.modules["rl_manip_here"] = sys.modules[home]
        setattr(shown, kind.__name__, kind)
    try:
        api_reference.resolve_annotations_of_fields(shown)
    finally:
        del sys.modules["rl_manip_here"]
    assert Settings.__init__.__annotations__["rate"] == Optional[int]
    assert Point.__new__.__annotations__["x"] == Optional[float]


def test_the_reference_is_made_anew_when_a_source_changes(tmp_path):
    source = tmp_path / "src" / "rl_manip" / "rl_manip" / "a.py"
    source.parent.mkdir(parents=True)
    (tmp_path / "VERSION").write_text("1.0.0\n")
    source.write_text("A = 1\n")
    before = api_reference.digest_of_what_it_is_made_from(tmp_path)
    assert api_reference.digest_of_what_it_is_made_from(tmp_path) == before
    source.write_text("A = 2\n")
    assert api_reference.digest_of_what_it_is_made_from(tmp_path) != before
