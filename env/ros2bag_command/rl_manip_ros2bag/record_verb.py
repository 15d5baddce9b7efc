"""`ros2 bag record`."""

from __future__ import annotations

import argparse
import datetime
import re
from pathlib import Path

import rclpy
from rclpy.context import Context
from rclpy.signals import SignalHandlerOptions

from rl_manip_ros2bag.bag_file import STORAGES, BagExistsError, BagFile
from rl_manip_ros2bag.recorder_node import RecorderNode
from rl_manip_ros2bag.stop_signal import StopSignal, end_in_time, stop_on_signal


class RecordVerb:
    """Record topics into a bag."""

    def add_arguments(self, parser, cli_name):
        """Declare the command line."""
        parser.add_argument(
            "topics_positional", nargs="*", metavar="topic", help="Topics to record"
        )
        parser.add_argument("--topics", nargs="+", default=[], metavar="topic")
        parser.add_argument("-a", "--all", action="store_true", help="Record every topic")
        parser.add_argument("-e", "--regex", default="", help="Record topics that match")
        parser.add_argument("--include-hidden-topics", action="store_true")
        parser.add_argument("-o", "--output", help="Folder of the bag (default: rosbag2_<time>)")
        parser.add_argument("-s", "--storage", default="mcap", choices=sorted(STORAGES))
        parser.add_argument(
            "--storage-config-file",
            type=argparse.FileType(),
            help="Settings of rosbag2's writers; this one closes a chunk every 0.3 s without",
        )

    def main(self, *, args):
        """Exit code 0, or the sentence that says what is wrong."""
        topics = {with_slash(topic) for topic in (*args.topics_positional, *args.topics)}
        if not (topics or args.all or args.regex):
            return "Must specify at least one topic, or --all, or --regex."
        if topics and args.all:
            return "Must specify either topics or --all, not both."
        try:
            pattern = re.compile(args.regex)
        except re.error as error:
            return f"--regex '{args.regex}' is not a regular expression: {error}."

        def wants(topic: str) -> bool:
            hidden = any(part.startswith("_") for part in topic.split("/"))
            if topic in topics:
                return True
            matches = args.all or (args.regex and pattern.search(topic))
            return bool(matches) and (args.include_hidden_topics or not hidden)

        default = f"rosbag2_{datetime.datetime.now():%Y_%m_%d-%H_%M_%S}"
        path = Path(args.output or default)
        try:
            with stop_on_signal() as stop:
                return record(path, args.storage, wants, stop)
        except BagExistsError as error:
            return str(error)
        except OSError as error:
            return f"Cannot write the bag '{path}': {error.strerror}."


def with_slash(topic: str) -> str:
    """The topic's full name."""
    return topic if topic.startswith("/") else f"/{topic}"


def record(path: Path, storage: str, wants, stop: StopSignal) -> int:
    """Record until `stop` is set; the bag is closed whatever ends the recording."""
    context = Context()
    rclpy.init(context=context, signal_handler_options=SignalHandlerOptions.NO)
    try:
        bag = BagFile(path, storage)
        try:
            node = RecorderNode(bag, wants, stop, context)
            node.record()
            node.get_logger().info("Recording stopped")
        finally:
            bag.close()
            end_in_time()
        node.destroy_node()
    finally:
        rclpy.shutdown(context=context)
    return 0
