"""One line of /diagnostics, as rqt and Foxglove show it."""

from __future__ import annotations

from typing import Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR


def diagnostic_report(
    stamp, name: str, level: bytes, message: str, values: Mapping[str, object]
) -> DiagnosticArray:
    """A /diagnostics message with one status; `stamp` is a builtin_interfaces/Time."""
    status = DiagnosticStatus(level=level, name=name, message=message, hardware_id="")
    status.values = [KeyValue(key=key, value=str(value)) for key, value in values.items()]
    report = DiagnosticArray(status=[status])
    report.header.stamp = stamp
    return report
