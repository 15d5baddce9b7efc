"""The pages of a policy file and of a training run, in a real browser."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from browser import Browser, comes_true, installed_browser, wait_until
from pressed_trial import PressedTrial

from rl_manip_cockpit.page.policy_page import PolicyPage
from rl_manip_cockpit.page.run_page import RunPage
from rl_manip_cockpit.page.trial_controls import EDGE, FURTHER, PAUSE, RANDOM, RESTART
from rl_manip_cockpit.state.access import Access
from rl_manip_cockpit.state.arm_copy import OBJECT, ArmCopy, Thing
from rl_manip_cockpit.state.run_seen import CheckpointSeen, RunSeen
from rl_manip_cockpit.state.trial.goal_tries import Tally
from rl_manip_cockpit.state.trial.knob import Knob
from rl_manip_cockpit.state.trial.trial_seen import TrialSeen
from rl_manip_description import load_arm

pytestmark = pytest.mark.skipif(
    not installed_browser(), reason="no Chromium here: install one (apt-get install chromium)"
)

CLICKS, PATIENCE = 5, 20.0  # [s] for each
ARM = load_arm("ur5e", "robotiq_2f85")
GOAL = np.array([0.45, 0.25, 0.35, 0.0, 0.0, 0.0, 1.0])
BALL = Thing(
    "ball", OBJECT, np.array([0.5, 0.1, 0.02, 0.0, 0.0, 0.0, 1.0]), "sphere", np.full(3, 0.02)
)
SEEN = TrialSeen(
    ArmCopy(ARM.home, GOAL, False, 0.05, (BALL,)),
    distance=0.1234,
    tally=Tally(4, 3, 1.5),
    outside={"object_pose": 0.25},
)
KNOBS = (
    Knob("action_delay", "ms", 1e3, 0.0, 160.0, 0.0, (0.0, 30.0)),
    Knob("servo_lag", "ms", 1e3, 4.0, 100.0, 20.0, (15.0, 30.0), is_main=False),
)


@pytest.fixture(scope="module")
def browser():
    with Browser() as browser:
        yield browser


@pytest.fixture
def served():
    orders = PressedTrial()
    page = PolicyPage(
        ARM, "a <policy>", KNOBS, {knob.name: knob.nominal for knob in KNOBS}, SEEN, True, False,
        Access("127.0.0.1"), orders, "127.0.0.1", 0, print, "--{} {}",
    )  # fmt: skip
    yield page, orders
    page.close()


def click_until_heard(browser, label, heard):
    """A page that a busy machine draws late may miss the first click."""
    for _ in range(CLICKS):
        browser.click(label)
        if comes_true(heard, PATIENCE):
            return
    raise AssertionError(f"{label!r} was clicked {CLICKS} times and never heard")


def test_a_policy_is_shown_turned_and_told_what_to_do(browser, served):
    page, orders = served
    assert not page.is_watched
    browser.open(f"http://127.0.0.1:{page.port}")
    browser.wait_for_text(FURTHER)  # the last thing that is made: nothing moves any more
    assert page.is_watched
    for label, order in ((PAUSE, "pause"), (RANDOM, "goal"), (RESTART, "restart")):
        click_until_heard(browser, label, lambda order=order: orders.heard[-1:] == [order])
    text = browser.text()
    for shown in ("UNDER WAY", "123.4 mm", "3 of 4: 75%", "trained with 0 to 30", "a <policy>"):
        assert shown in text
    assert "25% of the time" in text  # unlike training
    page.show(replace(SEEN, arm=replace(SEEN.arm, is_met=True), held_by=99, note="a sentence"))
    browser.wait_for_text("GOAL MET")
    assert "holds the goal that was dragged" in browser.text()
    browser.click(EDGE)
    wait_until(lambda: orders.turned == [{"action_delay": 30.0, "servo_lag": 30.0}], "all turn")
    assert "this is beyond" not in browser.text()
    browser.open(f"http://127.0.0.1:{page.port}", 390, 844)  # as small as a phone
    browser.wait_for_text(FURTHER)
    for label in (PAUSE, RANDOM, RESTART):
        wait_until(lambda label=label: browser.is_in_sight(label), f"{label} is in sight")


def test_a_run_is_shown_as_it_grows(browser):
    page = RunPage("127.0.0.1", 0, print, "--{} {}")
    try:
        page.show_run(RunSeen("waiting", ["until a training writes"]))
        page.show_arms(None, (), CheckpointSeen())
        browser.open(f"http://127.0.0.1:{page.port}")
        browser.wait_for_text("no checkpoint yet")
        rows = [{"env_steps": 10, "charts/reward": 0.5, "reward/near": 0.1}]
        page.show_run(RunSeen("running", ["last figures 1 s ago"], rows, {"arm": "ur5e"}))
        browser.wait_for_text("Reward terms, unweighted")
        assert "Losses" not in browser.text()
        rows = [*rows, {"env_steps": 20, "losses/value": 2.0, "reward/far": 0.2}]
        page.show_run(RunSeen("failed", ["the disk is full"], rows))
        page.show_arms(ARM, (SEEN.arm,), CheckpointSeen("000007.pt", 20, 8, 6, {"near": 0.1}))
        for shown in ("Losses", "FAILED", "the disk is full", "far", "000007.pt", "6 of 8"):
            browser.wait_for_text(shown)
        canvases = "document.querySelectorAll('.uplot canvas').length"
        wait_until(lambda: browser.evaluate(canvases) == 3, "three charts are drawn")
    finally:
        page.close()
