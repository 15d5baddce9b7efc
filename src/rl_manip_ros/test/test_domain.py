"""ROS_DOMAIN_ID as people set it."""

import pytest

from rl_manip_ros.domain import domain_trouble


@pytest.mark.parametrize("text", ["", " ", "0", "42", "007", "232", " 7 "])
def test_a_domain_that_there_is(text):
    assert domain_trouble({"ROS_DOMAIN_ID": text}) == ""
    assert domain_trouble({}) == ""


@pytest.mark.parametrize("text", ["233", "300", "-1", "abc", "1.5", "0x1", "1 2", "²", "٣"])
def test_a_domain_that_there_is_not(text):
    said = domain_trouble({"ROS_DOMAIN_ID": text})
    assert said == f"ROS_DOMAIN_ID is {text!r}: give a whole number from 0 to 232, or unset it."
