"""QoS between rclpy and bags, and the QoS that receives from every publisher of a topic."""

from __future__ import annotations

from typing import Sequence

from rclpy.duration import Duration
from rclpy.qos import (
    DurabilityPolicy,
    HistoryPolicy,
    LivelinessPolicy,
    QoSProfile,
    ReliabilityPolicy,
)
from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)


def receive_all(offered: Sequence[QoSProfile], depth: int) -> QoSProfile:
    """The strictest profile that is compatible with every offered one.

    Latched messages arrive only if every publisher is transient local; a single best-effort
    publisher makes the subscription best effort.
    """
    reliable = all(profile.reliability == ReliabilityPolicy.RELIABLE for profile in offered)
    latched = all(profile.durability == DurabilityPolicy.TRANSIENT_LOCAL for profile in offered)
    return QoSProfile(
        depth=depth,
        history=HistoryPolicy.KEEP_LAST,
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )


def offer_as(recorded: Sequence[Qos], depth: int) -> QoSProfile:
    """The profile under which a recorded topic is played: what all its publishers offered."""
    reliable = all(qos.reliability != QosReliability.BEST_EFFORT for qos in recorded)
    latched = bool(recorded) and all(
        qos.durability == QosDurability.TRANSIENT_LOCAL for qos in recorded
    )
    return QoSProfile(
        depth=depth,
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )


def as_recorded(profile: QoSProfile) -> Qos:
    """An offered profile in the form that bags keep."""
    return Qos(
        history=QosHistory[HistoryPolicy(profile.history).name],
        depth=profile.depth,
        reliability=QosReliability[ReliabilityPolicy(profile.reliability).name],
        durability=QosDurability[DurabilityPolicy(profile.durability).name],
        deadline=seconds_and_rest(profile.deadline),
        lifespan=seconds_and_rest(profile.lifespan),
        liveliness=QosLiveliness[LivelinessPolicy(profile.liveliness).name],
        liveliness_lease_duration=seconds_and_rest(profile.liveliness_lease_duration),
        avoid_ros_namespace_conventions=profile.avoid_ros_namespace_conventions,
    )


def seconds_and_rest(duration: Duration) -> QosTime:
    """[s] and [ns]."""
    return QosTime(*divmod(duration.nanoseconds, 10**9))
