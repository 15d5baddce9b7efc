"""What of the training node needs no ROS around it; tests/training/test_train_launch.py runs it."""

import pytest
from rclpy.validate_topic_name import validate_topic_name

from rl_manip_train.ros.train_node import topic_name


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("charts/reward", "charts/reward"),
        ("eval/success rate", "eval/success_rate"),
        ("reward/1st-term", "reward/_1st_term"),
        ("/a//b/", "a/b"),
    ],
)
def test_a_metric_becomes_a_legal_topic(metric, expected):
    assert topic_name(metric) == expected
    assert validate_topic_name(f"/train_node/metrics/{expected}")
