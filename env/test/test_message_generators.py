"""Message types are built where that is possible; where not, a sentence says what is missing."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import numpy
import pytest

from message_generators import GENERATORS, PROGRAMS, missing, point_to_this_python

EXPORTED = """\
set_target_properties(std_msgs::std_msgs__rosidl_generator_py PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "{python};{numpy}"
  INTERFACE_LINK_LIBRARIES "/opt/python/here/stays"
)
"""


@pytest.fixture
def machine(tmp_path, monkeypatch) -> Path:
    """A prefix of ROS 2 with the generators, and a PATH with all programs."""
    (tmp_path / "share" / GENERATORS).mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    for program in PROGRAMS:
        path = tmp_path / "bin" / program
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def test_what_is_missing_is_named_with_what_to_do(machine, monkeypatch):
    python = Path(sys.executable)
    assert missing(python, [machine / "elsewhere", machine]) == ""
    assert missing(python, [machine / "elsewhere"]).startswith(f"{GENERATORS} is missing")
    monkeypatch.setattr("message_generators.python_headers", lambda python: str(machine))
    assert "sudo apt install python3-dev" in missing(python, [machine])
    (machine / "bin" / "c++").unlink()
    assert missing(python, [machine]) == "c++ is missing (Debian, Ubuntu: sudo apt install g++)"


def test_the_wheels_headers_are_those_of_this_python(tmp_path):
    theirs = "/opt/python/cp312-cp312/include/python3.12"
    numpys = "/opt/python/cp312-cp312/lib/python3.12/site-packages/numpy/_core/include"
    file = tmp_path / "std_msgs" / "cmake" / "exported.cmake"
    file.parent.mkdir(parents=True)
    file.write_text(EXPORTED.format(python=theirs, numpy=numpys))
    for _ in range(2):
        point_to_this_python(tmp_path, Path(sys.executable))
        ours = sysconfig.get_path("include")
        assert file.read_text() == EXPORTED.format(python=ours, numpy=numpy.get_include())
