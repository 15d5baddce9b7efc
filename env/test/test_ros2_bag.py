"""`ros2 bag`, as far as this workspace brings it: recorded, looked at and played again."""

from __future__ import annotations

import importlib.util
import signal
import threading
import time
from pathlib import Path

import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy, qos_profile_sensor_data
from rosbags.highlevel import AnyReader
from rosbags.interfaces import QosDurability
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Float64MultiArray

from ros2_process import DEADLINE_S, Ros2Process

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("rl_manip_ros2bag") is None, reason="the real ros2 bag is here"
)

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


@pytest.fixture
def node():
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node("bag_test", context=context)
    yield node
    node.destroy_node()
    rclpy.shutdown(context=context)


def until(condition) -> None:
    """Wait for a condition."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, "timed out"
        time.sleep(0.01)


def record(node, path: Path, number: signal.Signals, count: int = 50) -> str:
    """Record a latched, a best-effort and a reliable topic; the output of the recorder."""
    latched = node.create_publisher(Bool, "/running", LATCHED)
    latched.publish(Bool(data=True))
    topics = ["/running", "/joint_states", "commands"]
    with Ros2Process("bag", "record", "-s", "mcap", "-o", path, *topics) as recorder:
        recorder.wait_for("Subscribed to topic '/running'")
        # These appear when the recorder runs already.
        states = node.create_publisher(JointState, "/joint_states", qos_profile_sensor_data)
        commands = node.create_publisher(Float64MultiArray, "/commands", 10)
        until(lambda: states.get_subscription_count() and commands.get_subscription_count())
        for i in range(count):
            states.publish(JointState(name=["a"], position=[float(i)]))
            commands.publish(Float64MultiArray(data=[float(i), 0.5]))
            time.sleep(0.002)
        commands.wait_for_all_acked()
        code, output = recorder.finish(number)
    assert code == 0, output
    return output


def read(path: Path) -> dict[str, list]:
    """{topic: messages in the order of their reception}, read with rosbags."""
    messages: dict[str, list] = {}
    with AnyReader([path]) as reader:
        times = []
        for connection, received, raw in reader.messages():
            message = reader.deserialize(raw, connection.msgtype)
            messages.setdefault(connection.topic, []).append(message)
            times.append(received)
        assert times == sorted(times)
        assert abs(times[-1] * 1e-9 - time.time()) < 2 * DEADLINE_S
    return messages


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_record_info_play(node, tmp_path, number):
    path = tmp_path / "bag"
    output = record(node, path, number)
    assert "Subscribed to topic '/commands'" in output

    messages = read(path)
    assert [message.data for message in messages["/running"]] == [True]
    assert [message.data[0] for message in messages["/commands"]] == list(range(50))
    # Best effort may lose some on a busy machine, but nothing is doubled or out of order.
    positions = [message.position[0] for message in messages["/joint_states"]]
    assert positions == sorted(set(positions))
    assert positions

    with Ros2Process("bag", "info", path) as info:
        code, output = info.finish()
    assert code == 0
    assert "Storage id:        mcap" in output
    assert (
        "Topic: /commands | Type: std_msgs/msg/Float64MultiArray | Count: 50 | "
        "Serialization Format: cdr"
    ) in output

    received: dict[str, list] = {"/commands": [], "/running": [], "/joint_states": []}
    node.create_subscription(Float64MultiArray, "/commands", received["/commands"].append, 100)
    node.create_subscription(Bool, "/running", received["/running"].append, LATCHED)
    node.create_subscription(JointState, "/joint_states", received["/joint_states"].append, 10)
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    spinner = threading.Thread(target=executor.spin, daemon=True)
    spinner.start()
    topics = ("--topics", "/commands", "running")
    with Ros2Process("bag", "play", path, "--rate", "2.0", *topics) as player:
        code, output = player.finish()
    assert code == 0, output
    until(lambda: len(received["/commands"]) == 50)
    executor.shutdown()
    spinner.join()
    assert [message.data[0] for message in received["/commands"]] == list(range(50))
    assert received["/running"][-1].data is True
    assert received["/joint_states"] == []


def test_offered_qos_is_kept(node, tmp_path):
    record(node, tmp_path / "bag", signal.SIGINT, count=1)
    with AnyReader([tmp_path / "bag"]) as reader:
        offered = {c.topic: c.ext.offered_qos_profiles for c in reader.connections}
    assert [qos.durability for qos in offered["/running"]] == [QosDurability.TRANSIENT_LOCAL]
    assert [qos.durability for qos in offered["/commands"]] == [QosDurability.VOLATILE]


def test_a_weaker_publisher_that_comes_later_is_recorded_too(node, tmp_path):
    """A second publisher with best effort would be silent to a reliable subscription."""
    path = tmp_path / "bag"
    reliable = node.create_publisher(Bool, "/late", LATCHED)
    with Ros2Process("bag", "record", "-o", path, "/late") as recorder:
        recorder.wait_for("Subscribed to topic '/late'")
        until(lambda: reliable.get_subscription_count() == 1)
        profile = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
        weaker = node.create_publisher(Bool, "/late", profile)
        until(lambda: weaker.get_subscription_count() == 1)
        publish_until_recorded(path, lambda: weaker.publish(Bool(data=False)))
        assert recorder.finish(signal.SIGINT)[0] == 0
    assert {message.data for message in read(path)["/late"]} == {False}


def publish_until_recorded(path: Path, publish) -> None:
    """Returns when the recorder has written something."""
    file = path / "bag.mcap"
    size = file.stat().st_size

    def grown() -> bool:
        publish()
        return file.stat().st_size > size

    until(grown)


def test_a_killed_recorder_leaves_what_was_sealed(node, tmp_path):
    path = tmp_path / "bag"
    publisher = node.create_publisher(Float64MultiArray, "/commands", 10)
    with Ros2Process("bag", "record", "-o", path, "-a") as recorder:
        recorder.wait_for("Subscribed to topic '/commands'")
        until(lambda: publisher.get_subscription_count() == 1)
        publish_until_recorded(path, lambda: publisher.publish(Float64MultiArray(data=[1.0])))
        recorder.process.kill()
    assert not (path / "metadata.yaml").exists()
    assert b"std_msgs/msg/Float64MultiArray" in (path / "bag.mcap").read_bytes()


def test_existing_output_is_refused_and_untouched(tmp_path):
    (tmp_path / "bag").mkdir()
    (tmp_path / "bag" / "mine").write_text("precious")
    with Ros2Process("bag", "record", "-o", tmp_path / "bag", "-a") as recorder:
        code, output = recorder.finish()
    assert code == 1
    assert output == f"[ERROR] [ros2bag]: Output folder '{tmp_path / 'bag'}' already exists."
    assert [path.name for path in (tmp_path / "bag").iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("record",), "Must specify at least one topic"),
        (("record", "-a", "/topic"), "not both"),
        (("record", "-e", "("), "is not a regular expression"),
        (("info", "no_such_bag"), "Cannot read the bag 'no_such_bag'"),
        (("play", "no_such_bag"), "Cannot read the bag 'no_such_bag'"),
        (("play", "no_such_bag", "-r", "-1"), "--rate is -1.0"),
    ],
)
def test_a_wrong_word_is_one_sentence(arguments, sentence):
    with Ros2Process("bag", *arguments) as process:
        code, output = process.finish()
    assert code == 1
    assert sentence in output
    assert len(output.splitlines()) == 1
