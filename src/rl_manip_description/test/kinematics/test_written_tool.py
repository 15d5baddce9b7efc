"""Tools as people write them."""

import re

import pytest

from rl_manip_description.kinematics.written_tool import tool_numbers


def test_three_or_six_numbers_are_a_tool_and_nothing_is_none():
    assert tool_numbers("") is tool_numbers("  ") is None
    assert tool_numbers("0,-0.1,0.2") == (0.0, -0.1, 0.2, 0.0, 0.0, 0.0)
    assert tool_numbers(" 0, 0, .1, 1e-1, -2,3 ") == (0.0, 0.0, 0.1, 0.1, -2.0, 3.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0.1", "give x,y,z [m] or x,y,z,roll,pitch,yaw [m, rad]"),
        ("0,0,0.1,0", "three or six finite numbers"),
        ("0 0 0.1", "with commas between them"),
        ("0,0,0.1,", "three or six finite numbers"),
        ("0,0,long", "three or six finite numbers"),
        ("0,0,nan", "three or six finite numbers"),
        ("0,0,0.1,0,0,inf", "three or six finite numbers"),
        ("0,0,120", "120 m from the flange, expected up to 1 m: give x,y,z in metres"),
        ("0.8,0,0.7", "1.06301 m from the flange"),
    ],
)
def test_what_is_none_is_one_sentence_that_shows_it(text, said):
    with pytest.raises(ValueError, match=re.escape(said)) as error:
        tool_numbers(text)
    assert str(error.value).startswith(f"tool is {text!r}")
    assert str(error.value).count(". ") == 0
