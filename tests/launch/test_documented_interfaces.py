"""docs/interfaces.md against a deployment that runs: names, types, delivery, rates."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path
from typing import Dict, List

import pytest
from arm_watch import ArmWatch
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rosidl_runtime_py.utilities import get_message

from ros2_process import Ros2Process

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "interfaces.md").read_text(encoding="utf-8")
NODES = (
    "policy_node",
    "velocity_guard_node",
    "guard_watchdog_node",
    "sim_arm_node",
    "goal_server_node",
    "cockpit_node",
    "scene_node",
)
QOS = {
    "stream": (ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE),
    "beat": (ReliabilityPolicy.BEST_EFFORT, DurabilityPolicy.VOLATILE),
    "event": (ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE),
    "latched": (ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL),
}
WITH_EVERY_NODE = re.compile(
    r"/rosout|/parameter_events|.*/transition_event|.*/_action/.*|"
    r".*/(set|get|list|describe)_parameters?(_types|_atomically)?|.*/get_type_description|"
    r".*/(change_state|get_state|get_available_states|get_available_transitions|"
    r"get_transition_graph)"
)
"""What ROS gives every node, lifecycle node and action by itself."""
MEASURED_FOR = 2.0  # [s]


def table(name: str) -> Dict[str, List[str]]:
    """The other cells of each row of a table, by the full name in its first."""
    text = TEXT.split(f"<!-- {name}: ")[1].split(f"<!-- end of {name}")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {"/" + row[0].strip("`").lstrip("/"): row[1:] for row in rows}


TOPICS, SERVICES, ACTIONS = table("topics"), table("services"), table("actions")


def documented(name: str) -> str:
    """The name of a topic as the table has it: with a simulated arm it may stand below."""
    return name.removeprefix("/simulated")


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    words = ("hardware:=sim", f"run_dir:={tmp_path_factory.mktemp('run')}", "record:=false")
    page = ("cockpit:=true", "cockpit_port:=0", "rviz:=true")
    with Ros2Process("launch", "rl_manip", "deploy_real.launch.py", *words, *page) as launch:
        with ArmWatch() as watch:
            watch.wait_until(lambda: watch.guard, "the guard is up")
            watch.wait_until(
                lambda: set(NODES) <= set(watch.node.get_node_names()), "every node is there"
            )
            yield watch
        code, said = launch.finish(signal.SIGINT)
        assert code == 0, said


def ends(watch: ArmWatch, what: str) -> Dict[str, List[str]]:
    """{name: types} of the topics sent or services answered by our nodes."""
    found: Dict[str, List[str]] = {}
    for node in NODES:
        for name, types in getattr(watch.node, f"get_{what}_names_and_types_by_node")(node, "/"):
            if not WITH_EVERY_NODE.fullmatch(name):
                found[name] = types
    return found


def test_every_topic_that_is_sent_is_documented_with_its_type(watch):
    sent = ends(watch, "publisher")
    assert len(sent) > 12
    for name, types in sent.items():
        assert documented(name) in TOPICS, f"{name} is missing in docs/interfaces.md"
        assert types == [TOPICS[documented(name)][0].replace("/", "/msg/")]


def test_every_topic_that_is_read_is_documented_with_its_type(watch):
    for name, types in ends(watch, "subscriber").items():
        assert documented(name) in TOPICS, f"{name} is missing in docs/interfaces.md"
        assert types == [TOPICS[documented(name)][0].replace("/", "/msg/")]


def test_senders_deliver_as_documented(watch):
    for name in ends(watch, "publisher"):
        delivery = TOPICS[documented(name)][1].split(",")[0]
        for sender in watch.node.get_publishers_info_by_topic(name):
            if sender.node_name in NODES:
                qos = sender.qos_profile
                assert (qos.reliability, qos.durability) == QOS[delivery], name


def test_every_service_is_documented_with_its_type(watch):
    answered = ends(watch, "service")
    assert len(answered) > 5
    for name, types in answered.items():
        assert name in SERVICES, f"{name} is missing in docs/interfaces.md"
        assert types == [SERVICES[name][0].replace("/", "/srv/")]


def test_the_action_is_documented_with_its_type(watch):
    pytest.importorskip("rl_manip_interfaces", reason="rl_manip_interfaces is not built here")
    from rclpy.action import get_action_server_names_and_types_by_node

    found = get_action_server_names_and_types_by_node(watch.node, "goal_server_node", "/")
    (row,) = ACTIONS.items()
    assert row[0] == "/goal_server_node/<task>"
    assert found == [("/goal_server_node/reach", [row[1][0].replace("/", "/action/")])]


def test_rates_are_those_that_are_documented(watch):
    """Of topics with a rate in figures."""
    told = {
        name: float(row[2].split(" Hz")[0])
        for name, row in TOPICS.items()
        if re.fullmatch(r"\d+ Hz", row[2]) and watch.node.count_publishers(name)
    }
    assert {"/joint_states", "/policy/command", "/velocity_guard_node/heartbeat"} <= set(told)
    kinds = {name: get_message(TOPICS[name][0].replace("/", "/msg/")) for name in told}
    # beats come best effort
    qos = QoSProfile(depth=500, reliability=ReliabilityPolicy.BEST_EFFORT)
    subscriptions = {name: watch.subscribe(kind, name, qos) for name, kind in kinds.items()}
    for name, subscription in subscriptions.items():
        watch.wait_until(
            lambda name=name, subscription=subscription: taken(subscription, kinds[name]),
            f"{name} comes",
        )
    slow = set(told)

    def all_come() -> bool:
        """Each came at half its rate at least, once: a busy machine may lose the others."""
        for name, subscription in subscriptions.items():
            taken(subscription, kinds[name])  # what waited until now
        counts, begun = dict.fromkeys(told, 0), time.monotonic()
        while time.monotonic() - begun < MEASURED_FOR:
            for name, subscription in subscriptions.items():
                counts[name] += taken(subscription, kinds[name])
            time.sleep(0.02)
        lasted = time.monotonic() - begun
        for name, rate in told.items():
            # /diagnostics has several senders
            senders = watch.node.count_publishers(name) if name == "/diagnostics" else 1
            assert counts[name] / lasted <= 1.2 * rate * senders, name
            if counts[name] / lasted >= 0.5 * rate:
                slow.discard(name)
        return not slow

    watch.wait_until(all_come, "everything comes as often as docs/interfaces.md says")


def taken(subscription, kind) -> int:
    """How many messages came since the last look."""
    count = 0
    with subscription.handle:
        while subscription.handle.take_message(kind, False):
            count += 1
    return count
