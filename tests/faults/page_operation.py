"""Deployment with the page open in a browser behind a slow network: are stops missed, or false?

    python tests/faults/page_operation.py [--minutes 30] [--stops 100]

Simulated arm, guard, watchdog, policy node and cockpit as real processes; goal after goal. The page
is loaded anew every minute. Stops are pressed in turns by mouse and by key while the arm moves, and
timed from the moment at which the browser has them. Without a Chromium nothing is run.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import domain_coordinator
import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src/rl_manip_cockpit/test/page"))

from arm_watch import RESTING, ArmWatch
from browser import Browser, comes_true, installed_browser, is_served
from deploy_stack import GUARD, POLICY, POLICY_NODE, Stack
from punctual import punctual
from slow_network import SlowNetwork

from rl_manip_cockpit.page.controls import STOP
from rl_manip_cockpit.state.stop_press import NOT_OBEYED, PROMISED

COCKPIT = "rl_manip_cockpit.ros.cockpit_node"
PORT = 18080
GOALS = ([0.45, 0.3, 0.3], [0.45, -0.3, 0.5])
REACHED, LONGEST = 0.02, 6.0  # [m], [s] for one goal
MOVING = 0.5  # [rad/s] before a stop is pressed
RELOADED_EVERY = 60.0  # [s]
SETTLED_AFTER = 60.0  # [s] from when on memory counts
LOOK_PERIOD = 0.5  # [s] between two looks whether the page is to be loaded anew
PATIENCE = 5.0  # [s] after which a stop was missed
STILL = 0.1  # [s] for which the arm must have been at rest
GROWTH = 1.15  # of a process's memory that counts as flat [1]
ENDED = re.compile(f"stop obeyed|{NOT_OBEYED}")
NOTE_PRESSES = """
    for (const kind of ['pointerdown', 'keydown'])
        addEventListener(
            kind, event => { window.pressedAt = performance.timeOrigin + event.timeStamp; }, true
        );
"""
"""When the browser took a press for one: what comes after that is the page's and the robot's."""


class Pressed(NamedTuple):
    """One press of stop."""

    by: str
    rest_s: float  # until the arm was at rest; infinite where it was missed
    was_told: bool  # whether the page said that it was obeyed


class PageOperation:
    """Drives on while the page is open, pressed and loaded anew.

    Args:
        watch: of the arm.
        stack: with a policy and a cockpit.
        browser: with the page.
        url: of the page.
    """

    def __init__(self, watch: ArmWatch, stack: Stack, browser: Browser, url: str) -> None:
        self.goals, self.loads, self.presses = 0, 0, list[Pressed]()
        self.false_stops = list[str]()
        self.memory = list[dict[str, float]]()
        self._watch, self._stack, self._browser, self._url = watch, stack, browser, url
        self._goal_since = self._heard = 0
        self._ways = itertools.cycle(("mouse", "key"))

    def run(self, minutes: float, stops: int) -> None:
        """Presses so often, evenly spread over the time."""
        self._arm()
        begun = loaded = time.monotonic()
        self._load()
        for due in np.linspace(0.0, 60.0 * minutes, stops + 1)[1:]:
            while (now := time.monotonic()) - begun < due:
                if now - loaded > RELOADED_EVERY:
                    loaded = now
                    self._note_memory(now - begun)
                    self._load()
                next_look = min(begun + due, now + LOOK_PERIOD)
                self._drive_until(lambda until=next_look: time.monotonic() >= until)
            self._press()
        self._note_memory(time.monotonic() - begun)

    def _load(self) -> None:
        """Loads the page while the arm is driven on."""
        self._browser.open(self._url)
        self._drive_until(lambda: STOP in (self._browser.text() or ""))
        self._browser.evaluate(NOTE_PRESSES)
        self.loads += 1

    def _press(self) -> None:
        watch, browser, by = self._watch, self._browser, next(self._ways)
        before, begun = self._said(), time.monotonic()
        place = browser.place_of(STOP)  # before the arm moves: looking takes as long as a motion
        self._drive_until(lambda: watch.speed() > MOVING)
        if by == "mouse":
            browser.click_at(*place)
        else:
            browser.key("Escape", 27)
        came = comes_true(lambda: watch.guard[-1].startswith("stopped"), PATIENCE)
        came = came and comes_true(lambda: self._moved_last() < time.monotonic() - STILL, PATIENCE)
        # when the browser says that it was pressed, on this process's clock
        pressed = 1e-3 * browser.evaluate("window.pressedAt || 0") + begun - self._wall(begun)
        rest = self._moved_last() - pressed if came else math.inf
        # one that is not told within this time never will be; two may be told in the same words
        comes_true(lambda: self._said() not in ("", before), PATIENCE)
        told = self._said()
        self.presses.append(Pressed(by, max(rest, 0.0), bool(told) and NOT_OBEYED not in told))
        print(self.presses[-1], file=sys.stderr, flush=True)
        if came:
            self._arm()

    def _said(self) -> str:
        """How the last press of stop ended, as the page says it; empty while it has not."""
        ends = [line for line in (self._browser.text() or "").splitlines() if ENDED.match(line)]
        return ends[0] if ends else ""

    def _moved_last(self) -> float:
        """When a joint was last measured to move [s]."""
        states = list(self._watch.states)
        return max((when for when, _, v in states if np.abs(v).max() > RESTING), default=0.0)

    @staticmethod
    def _wall(steady: float) -> float:
        """The system clock's time [s] for one of the steady clock."""
        return time.time() - time.monotonic() + steady

    def _arm(self) -> None:
        self._stack.arm()
        self._heard = len(self._watch.guard)
        self._goal_since = 0

    def _drive_until(self, holds: Callable[[], bool]) -> None:
        """Goal after goal; a stop that nobody pressed is noted."""
        watch = self._watch
        while not holds():
            # an arm at rest is stopped without a "stopping" before
            false = [word for word in watch.guard[self._heard :] if word.startswith("stop")]
            if false and watch.guard[-1].startswith("stopped"):
                self.false_stops.append(false[0])
                self._arm()
            goal = GOALS[self.goals % 2]
            at = watch.tool_distance(goal) < REACHED
            if at or time.monotonic() - self._goal_since > LONGEST:
                self.goals += at
                self._goal_since = time.monotonic()
                watch.send_goal(GOALS[self.goals % 2])
            time.sleep(0.01)

    def _note_memory(self, after: float) -> None:
        names = (("cockpit", COCKPIT), ("guard", GUARD), ("policy node", POLICY_NODE))
        used = {
            name: psutil.Process(self._stack.processes[module].pid).memory_info().rss / 1e6
            for name, module in names
        }
        self.memory.append({"after": after, **used})


def grown(memory: list[dict[str, float]]) -> dict[str, tuple[float, float, float]]:
    """Of each process, what it took once it had settled [MB], in the end [MB], and the ratio."""
    settled = next((row for row in memory if row["after"] >= SETTLED_AFTER), memory[0])
    last = memory[-1]
    return {
        name: (settled[name], last[name], last[name] / settled[name])
        for name in last
        if name != "after"
    }


def run(minutes: float, stops: int) -> PageOperation:
    """What happened."""
    parameters = {"port": PORT, "policy": POLICY, "policies": str(POLICY.parents[1])}
    with ArmWatch() as watch, punctual(), Stack(watch) as stack:
        stack.start_policy()
        stack.start(COCKPIT, **parameters)
        watch.wait_until(lambda: is_served(PORT), "the page is served")
        with SlowNetwork(PORT) as network, Browser() as browser:
            operation = PageOperation(watch, stack, browser, f"http://127.0.0.1:{network.port}")
            operation.run(minutes, stops)
    return operation


def main() -> int:
    """0 where no stop was false, none missed or late, and memory stayed flat."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--stops", type=int, default=100)
    given = parser.parse_args()
    if not installed_browser():
        print("no Chromium here, so nothing was run: install one (apt-get install chromium)")
        return 0
    with domain_coordinator.domain_id() as domain:
        os.environ["ROS_DOMAIN_ID"] = str(domain)
        done = run(given.minutes, given.stops)
    print(f"{given.minutes:g} minutes, load {os.getloadavg()[0]:.1f} at the end: ", end="")
    print(f"{done.goals} goals, page loaded {done.loads} times, false stops {done.false_stops}")
    for way in ("mouse", "key"):
        rests = [press.rest_s for press in done.presses if press.by == way]
        if rests:
            print(
                f"stops by {way}: {len(rests)}, at rest after {1e3 * np.median(rests):.0f} ms ",
                end="",
            )
            print(f"in the median, {1e3 * max(rests):.0f} at most")
    untold = sum(not press.was_told for press in done.presses)
    print(f"stops that the page did not call obeyed: {untold}")
    for name, (before, after, ratio) in grown(done.memory).items():
        print(f"memory of the {name}: {before:.1f} MB, in the end {after:.1f} ({ratio:.2f})")
    late = [press for press in done.presses if press.rest_s > PROMISED]
    kept = not late and not untold and not done.false_stops
    flat = all(ratio <= GROWTH for _, _, ratio in grown(done.memory).values())
    return 0 if kept and flat else 1


if __name__ == "__main__":
    sys.exit(main())
