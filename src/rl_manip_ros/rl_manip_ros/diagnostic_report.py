"""One line of /diagnostics, as rqt and Foxglove show it."""

from __future__ import annotations

from typing import Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node

OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR


def diagnostic_report(
    node: Node, level: bytes, message: str, values: Mapping[str, object], hardware_id: str = ""
) -> DiagnosticArray:
    """A /diagnostics message with one status, which is the node's."""
    status = DiagnosticStatus(
        level=level, name=node.get_name(), message=message, hardware_id=hardware_id
    )
    status.values = [KeyValue(key=key, value=str(value)) for key, value in values.items()]
    report = DiagnosticArray(status=[status])
    report.header.stamp = node.get_clock().now().to_msg()
    return report
