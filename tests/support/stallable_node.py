"""Runs a node whose executor can be made to stand still: `python …/stallable_node.py MODULE`.

A std_msgs/Float64 on /stall makes one callback take so many seconds, as a page fault, a lock or a
slow disk would; the process lives on, its middleware too.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import time

from rclpy.node import Node
from std_msgs.msg import Float64

STALL_TOPIC = "/stall"


def main() -> int:
    """The node's own exit code."""
    module = importlib.import_module(sys.argv.pop(1))
    (kind,) = (
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, Node)
        and value.__module__ == module.__name__
    )
    start = kind.__init__

    def start_stallable(self) -> None:
        start(self)
        self.create_subscription(Float64, STALL_TOPIC, lambda m: time.sleep(m.data), 1)

    kind.__init__ = start_stallable
    return module.main()


if __name__ == "__main__":
    sys.exit(main())
