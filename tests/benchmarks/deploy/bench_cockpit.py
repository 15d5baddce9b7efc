"""What reading costs the guard: its latency with the page open in a browser, and without, in turns.

python tests/benchmarks/run.py cockpit [--rounds 4] [--seconds 20]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import domain_coordinator
import numpy as np
import written_figures
from arm_watch import ArmWatch
from bench_deploy import FLOOR, Pinger, ask_gently
from deploy_stack import POLICY, Stack, start_node
from punctual import punctual

sys.path.append(str(Path(__file__).resolve().parents[3] / "src/rl_manip_cockpit/test/page"))

from browser import Browser, is_served, wait_until

from rl_manip_cockpit.page.controls import STOP

PORT = 18081


@contextlib.contextmanager
def page_open() -> Iterator[None]:
    """A cockpit, and its page in a browser."""
    cockpit = start_node("rl_manip_cockpit.ros.cockpit_node", port=PORT, policy=POLICY)
    try:
        wait_until(lambda: is_served(PORT), "the page is served")
        with Browser() as browser:
            browser.open(f"http://127.0.0.1:{PORT}")
            browser.wait_for_text(STOP)
            yield
    finally:
        cockpit.kill()
        cockpit.wait()


def measured(pinger: Pinger, stack: Stack, seconds: float) -> dict[str, float]:
    """Latencies over so long; the guard is armed."""
    if stack.watch.guard[-1] != "armed":
        stack.arm()
    for times in (*pinger.sent.values(), *pinger.answered.values()):
        times.clear()
    time.sleep(seconds)
    guard, floor = pinger.latency("guard"), pinger.latency("floor")
    return {
        "guard p50 [ms]": 1e3 * float(np.percentile(guard, 50)),
        "guard p99 [ms]": 1e3 * float(np.percentile(guard, 99)),
        "floor p99 [ms]": 1e3 * float(np.percentile(floor, 99)),
    }


def in_turns(rounds: int, seconds: float) -> tuple[list[dict], list[dict]]:
    """What was measured without the page, and with it, round by round."""
    without, with_page = [], []
    ended = threading.Event()
    with ArmWatch() as watch:
        stack = Stack(watch, watchdog="false")
        floor = subprocess.Popen([sys.executable, str(FLOOR)])
        try:
            pinger = Pinger(watch)
            stack.start_guard()

            def ping() -> None:
                while not ended.is_set():
                    pinger.ping(1.0)

            threads = [
                threading.Thread(target=ping, daemon=True),
                threading.Thread(target=ask_gently, args=(watch, ended), daemon=True),
            ]
            for thread in threads:
                thread.start()
            for _ in range(rounds):
                without.append(measured(pinger, stack, seconds))
                with page_open():
                    with_page.append(measured(pinger, stack, seconds))
            ended.set()
            for thread in threads:
                thread.join()
        finally:
            floor.kill()
            for module in tuple(stack.processes):
                stack.kill(module)
    return without, with_page


def main() -> int:
    """Writes runs/bench/cockpit.json."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    given = parser.parse_args()
    with domain_coordinator.domain_id() as domain:
        os.environ["ROS_DOMAIN_ID"] = str(domain)
        with punctual():
            without, with_page = in_turns(given.rounds, given.seconds)
    figures: dict = {"machine": written_figures.machine()}
    for name in without[0]:
        before, after = ([row[name] for row in rows] for rows in (without, with_page))
        figures[f"{name}, without the page"] = written_figures.quartiles(before)
        figures[f"{name}, with it"] = written_figures.quartiles(after)
        ratios = np.divide(after, before).tolist()
        figures[f"{name}, with over without [1]"] = written_figures.quartiles(ratios)
    written_figures.write("cockpit", figures)
    return 0
