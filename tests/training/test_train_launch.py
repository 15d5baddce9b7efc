"""train.launch.py as it runs: what it publishes, how it obeys, what it leaves behind."""

import json
import time
import unittest
from pathlib import Path
from tempfile import mkdtemp

import launch_testing
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from rclpy.executors import SingleThreadedExecutor
from std_msgs.msg import Float64
from std_srvs.srv import Trigger

from rl_manip_description.contract.policy_contract import METADATA_KEY, PolicyMetadata

LAUNCH = str(Path(__file__).parents[2] / "launch" / "train.launch.py")
PATIENCE = 120.0  # for what a busy machine takes long to do [s]


@pytest.mark.launch_test
def generate_test_description():
    run_dir = Path(mkdtemp()) / "run"
    arguments = {
        "run_dir": str(run_dir),
        "num_envs": "32",
        "ppo.epochs": "2",
        "seed": "7",
        "eval_interval": "1000",
        "eval_episodes": "8",
        "final_episodes": "8",
        # it runs until the tests while it trains have passed: the launch then sends SIGINT
        "max_env_steps": "100000000",
        "target_success": "1",
    }
    training = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(LAUNCH), launch_arguments=arguments.items()
    )
    ready = launch_testing.actions.ReadyToTest()
    return LaunchDescription([training, ready]), {"run_dir": run_dir}


class TestWhileItTrains(unittest.TestCase):
    def setUp(self):
        rclpy.init()
        self.node = rclpy.create_node("watcher")
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self.figures, self.states = {}, []
        for name in ("env_steps", "charts/reward", "eval/success_rate", "losses/kl"):
            self.node.create_subscription(
                Float64,
                f"/train_node/metrics/{name}",
                lambda message, name=name: self.figures.setdefault(name, message.data),
                10,
            )
        self.node.create_subscription(
            DiagnosticArray, "/diagnostics", lambda message: self.states.extend(message.status), 10
        )

    def tearDown(self):
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown()

    def spin_until(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"waited in vain for {what}")
            self.executor.spin_once(timeout_sec=0.1)

    def order(self, name):
        client = self.node.create_client(Trigger, f"/train_node/{name}")
        self.spin_until(client.service_is_ready, f"the service {name}")
        answer = client.call_async(Trigger.Request())
        self.spin_until(answer.done, f"the answer of {name}")
        self.assertTrue(answer.result().success, answer.result().message)
        return answer.result().message

    def test_it_publishes_and_obeys(self, run_dir):
        self.spin_until(lambda: len(self.figures) == 4, "every metric")
        self.assertEqual(self.figures["env_steps"] % (32 * 16), 0)
        self.assertTrue(0.0 <= self.figures["eval/success_rate"] <= 1.0)

        self.assertEqual(self.order("pause"), "paused between two updates")
        self.states.clear()
        self.spin_until(
            lambda: any(state.message == "paused" for state in self.states), "the paused state"
        )
        self.assertEqual(self.states[-1].level, DiagnosticStatus.OK)

        saved = Path(self.order("checkpoint").rsplit(" ", 1)[1])
        self.assertTrue(saved.is_file())
        self.assertEqual(saved.parent, run_dir / "checkpoints")

        self.assertEqual(self.order("resume"), "going on")


@launch_testing.post_shutdown_test()
class TestAfterwards(unittest.TestCase):
    def test_it_wrote_its_policy_when_told_to_end(self, proc_info, run_dir):
        launch_testing.asserts.assertExitCodes(proc_info)
        training = json.loads((run_dir / "training.json").read_text())
        self.assertEqual(training["policy"], str(run_dir / "policy.onnx"))
        lines = (run_dir / "metrics.jsonl").read_text().splitlines()
        self.assertEqual(json.loads(lines[-1])["env_steps"], training["env_steps"])

    def test_the_policy_says_how_to_train_it_again(self, run_dir):
        import onnx

        entries = onnx.load(str(run_dir / "policy.onnx")).metadata_props
        metadata = PolicyMetadata.from_json(
            next(entry.value for entry in entries if entry.key == METADATA_KEY)
        )
        self.assertEqual(metadata.training.seed, 7)
        self.assertIn("train --num-envs 32 --seed 7", metadata.training.command)
        self.assertIn("--ppo.epochs 2", metadata.training.command)
        self.assertNotIn("--progress", metadata.training.command)
