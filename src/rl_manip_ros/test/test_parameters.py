"""Parameters come from a dataclass: types, bounds, and what `ros2 param set` may change."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import rclpy
from rclpy.node import Node
from rclpy.parameter import Parameter

from rl_manip_description.contract.settings import SettingError, require_all, setting
from rl_manip_ros.parameters import declare


@dataclass(frozen=True)
class Timing:
    timeout: float = setting(0.1, "Age at which something is too old.", "s", 0.01, 1.0)

    def __post_init__(self) -> None:
        require_all(self)


@dataclass(frozen=True)
class Example:
    arm: str = setting("ur5e", "Name of the arm.")
    order: str = setting("alphabetical", "Order of names.", choices=("alphabetical", "random"))
    seed: int = setting(1, "Seed.", "", 0, 100)
    speed: float = setting(1.0, "Speed.", "rad/s", 0.0)
    record: bool = setting(False, "Whether to record.")
    timing: Timing = Timing()

    def __post_init__(self) -> None:
        require_all(self)


@pytest.fixture(scope="module", autouse=True)
def ros():
    context = rclpy.Context()
    rclpy.init(context=context)
    yield context
    rclpy.shutdown(context=context)


@pytest.fixture
def make_node(ros):
    nodes = []

    def make(**given) -> Node:
        overrides = [
            Parameter(name.replace("__", "."), value=value) for name, value in given.items()
        ]
        nodes.append(Node("example", context=ros, parameter_overrides=overrides))
        return nodes[-1]

    yield make
    for node in nodes:
        node.destroy_node()


def test_what_is_given_replaces_the_default(make_node):
    node = make_node(arm="ur3e", seed=7, timing__timeout=0.5)
    assert declare(node, Example) == Example(arm="ur3e", seed=7, timing=Timing(0.5))


def test_a_whole_number_is_welcome_where_a_decimal_one_is_expected(make_node):
    speed = declare(make_node(speed=2), Example).speed
    assert speed == 2.0
    assert isinstance(speed, float)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"arm": 5}, "arm is 5: give text."),
        ({"seed": 1.5}, "seed is 1.5: give a whole number."),
        ({"record": 1}, "record is 1: give true or false."),
        ({"seed": 101}, "seed is 101: give 0 to 100."),
        ({"speed": float("nan")}, "speed is nan rad/s: give 0 rad/s or more."),
        ({"order": "reverse"}, "order is 'reverse': give alphabetical or random."),
        ({"timing__timeout": 2.0}, "timing.timeout is 2 s: give 0.01 to 1 s."),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_the_parameter(make_node, given, sentence):
    with pytest.raises(SettingError) as refused:
        declare(make_node(**given), Example)
    assert str(refused.value) == sentence


def test_a_parameter_cannot_be_set_later(make_node):
    node = make_node()
    declare(node, Example)
    answer = node.set_parameters([Parameter("timing.timeout", value=0.2)])[0]
    assert not answer.successful
    assert "read-only" in answer.reason


def test_a_changeable_parameter_can_within_its_bounds(make_node):
    node = make_node()
    declare(node, Example, changeable=True)
    assert node.set_parameters([Parameter("timing.timeout", value=0.2)])[0].successful
    assert not node.set_parameters([Parameter("timing.timeout", value=2.0)])[0].successful


def test_some_parameters_can_be_changeable(make_node):
    node = make_node()
    declare(node, Example, changeable=("arm", "timing.timeout"))
    given = {"arm": "ur3e", "timing.timeout": 0.2, "seed": 3}
    answers = node.set_parameters([Parameter(name, value=value) for name, value in given.items()])
    assert [answer.successful for answer in answers] == [True, True, False]


def test_meaning_and_bounds_are_in_the_descriptor(make_node):
    node = make_node()
    declare(node, Example)
    descriptor = node.describe_parameter("timing.timeout")
    assert descriptor.description == "Age at which something is too old. [s]"
    bounds = descriptor.floating_point_range[0]
    assert (bounds.from_value, bounds.to_value) == (0.01, 1.0)
    assert node.describe_parameter("order").additional_constraints == "alphabetical or random"
