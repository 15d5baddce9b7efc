"""The least that a guard could be: a bare rclpy node that answers each joint state."""

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray

from rl_manip_ros.real_time import take_realtime_priority


def main() -> None:
    """Runs until it is killed, scheduled as the guard is."""
    take_realtime_priority(20, print)
    rclpy.init()
    node = rclpy.create_node("floor_node")
    answers = node.create_publisher(Float64MultiArray, "/floor/commands", 10)
    newest = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    node.create_subscription(
        JointState,
        "/floor/joint_states",
        lambda state: answers.publish(Float64MultiArray(data=state.velocity)),
        newest,
    )
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    executor.spin()


if __name__ == "__main__":
    main()
