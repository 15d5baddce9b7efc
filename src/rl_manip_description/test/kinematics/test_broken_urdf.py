"""A URDF of the user's own that lacks something is refused in a sentence that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rl_manip_description.kinematics.link_shapes import read_solids
from rl_manip_description.kinematics.urdf_chain import read_chain

URDF = """
<robot name="one_joint">
  <link name="base"/>
  <joint name="turn" type="revolute"><parent link="base"/><child link="tip"/></joint>
  <link name="tip">
    <collision><geometry><cylinder radius="0.02" length="0.1"/></geometry></collision>
  </link>
</robot>
"""


def written(tmp_path: Path, *changed: tuple) -> Path:
    text = URDF
    for old, new in changed:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "mine.urdf"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_whole_one_is_read(tmp_path):
    path = written(tmp_path)
    assert read_chain(path, "base", "tip", ["turn"]).axes.tolist() == [[1.0, 0.0, 0.0]]
    assert read_solids(path, ["turn"], "base").half.tolist() == [[0.0, 0.0, 0.05]]


@pytest.mark.parametrize("side", ["parent", "child"])
def test_a_joint_that_leads_nowhere(tmp_path, side):
    link = {"parent": "base", "child": "tip"}[side]
    path = written(tmp_path, (f'<{side} link="{link}"/>', ""))
    with pytest.raises(ValueError, match=f"mine.urdf: joint 'turn' names no {side}: give it"):
        read_chain(path, "base", "tip", ["turn"])


@pytest.mark.parametrize("name", ["radius", "length"])
def test_a_cylinder_without_a_size(tmp_path, name):
    size = {"radius": 'radius="0.02"', "length": 'length="0.1"'}[name]
    path = written(tmp_path, (size, ""))
    with pytest.raises(ValueError, match=f"mine.urdf: link 'tip' has a cylinder without {name}"):
        read_solids(path, ["turn"], "base")
