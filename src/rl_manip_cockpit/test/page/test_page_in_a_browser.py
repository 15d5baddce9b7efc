"""The page as a person meets it: in a real browser, clicked, cut off and put to sleep."""

from __future__ import annotations

import time

import pytest
from browser import Browser, installed_browser, wait_until
from held_up_network import HeldUpNetwork

from rl_manip_cockpit.page.admission import WATCH_ONLY
from rl_manip_cockpit.page.controls import ARM, HOLD, HOME, POLICIES, RANDOM, SEND, STOP
from rl_manip_cockpit.state.goal_choice import GoalChoice
from rl_manip_description import load_arm

pytestmark = pytest.mark.skipif(
    not installed_browser(), reason="no Chromium here: install one (apt-get install chromium)"
)

FOCUS_TOKENS_FIELD = """(() => {
    const fields = [...document.querySelectorAll('input')];
    const field = fields.find(one => one.type === 'text' && !one.value);
    field?.focus();
    return Boolean(field) && document.activeElement === field;
})()"""

OPEN_POLICIES = f"""
    [...document.querySelectorAll('*')].findLast(one => one.innerText?.trim() === '{POLICIES}')
        .click()
"""


@pytest.fixture(scope="module")
def browser():
    with Browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def desk(browser, serve):
    """A page on a desktop's screen."""
    with serve() as served:
        browser.open(served.url)
        browser.wait_for_text(STOP)
        yield served


def test_it_shows_the_arm_and_takes_nothing_from_elsewhere(browser, desk):
    text = browser.text()
    for shown in ("ARMED", "shoulder pan", "+1.571", "joint states", "from goal"):
        assert shown in text
    loaded = browser.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert [name for name in loaded if not name.startswith((desk.url, "data:", "blob:"))] == []


def test_one_click_and_one_key_stop(browser, desk):
    browser.press(STOP)
    wait_until(lambda: desk.orders.heard == ["stop"], "the press stops")
    time.sleep(1.5)  # a person keeps it pressed
    assert desk.orders.heard == ["stop"]
    browser.let_go(STOP)
    browser.click(ARM)  # the key counts wherever the last click was, and may overtake it
    browser.key("Escape", 27)
    wait_until(lambda: sorted(desk.orders.heard) == ["arm", "stop", "stop"], "the key stops")
    for label, order in ((RANDOM, "random"), (HOME, "home")):
        browser.click(label)
        wait_until(lambda order=order: desk.orders.heard[-1] == order, f"{order} is told apart")


def test_a_known_policy_is_picked_and_the_key_still_stops(browser, desk):
    browser.evaluate(OPEN_POLICIES)
    browser.click("runs/<b>")
    wait_until(lambda: desk.orders.heard[-1] == "runs/<b> from /b/policy.onnx", "it is asked for")
    browser.key("Escape", 27)
    wait_until(lambda: desk.orders.heard[-1] == "stop", "the key stops")


def test_the_gizmo_begins_at_home_and_is_what_is_sent(browser, desk):
    browser.click(SEND)
    wait_until(lambda: desk.orders.goals, "a goal is sent")
    home = GoalChoice(load_arm("ur5e")).home
    assert desk.orders.goals[0][0] == pytest.approx(home[:3], abs=1e-6)


def test_hold_to_run_lasts_as_long_as_the_press(browser, desk):
    assert not desk.orders.is_held
    browser.press(HOLD)
    wait_until(lambda: desk.orders.is_held, "it is held")
    counted = len(desk.orders.beats_that_counted)
    wait_until(lambda: len(desk.orders.beats_that_counted) > counted + 5, "beats go on")
    browser.let_go(HOLD)
    wait_until(lambda: desk.orders.heard[-1] == "let go", "letting go is heard")
    assert not desk.orders.is_held


def test_a_page_that_sleeps_holds_nothing(browser, desk):
    browser.press(HOLD)
    wait_until(lambda: desk.orders.is_held, "it is held")
    browser.sleep()
    try:
        wait_until(lambda: not desk.orders.is_held, "it lapses")
    finally:
        browser.wake()
    browser.let_go(HOLD)


def test_a_window_as_small_as_a_phone_whose_connection_is_cut_while_it_holds(browser, serve):
    with serve() as served, HeldUpNetwork(served.page.port) as network:
        browser.open(f"http://127.0.0.1:{network.port}", 390, 844)
        browser.wait_for_text(STOP)
        for label in (STOP, HOLD):  # the panel slides in
            wait_until(lambda label=label: browser.is_in_sight(label), f"{label} is in sight")
        browser.press(HOLD)
        wait_until(lambda: served.orders.is_held, "it is held")
        network.hold_up()
        wait_until(lambda: not served.orders.is_held, "it lapses")
        beats = len(served.orders.beats_that_counted)
        browser.evaluate("new Promise(done => setTimeout(done, 1500))", wait=True)
        browser.let_go(HOLD)
        network.let_flow()
        wait_until(lambda: served.orders.heard == ["let go"], "what was held up arrives")
        late = served.orders.beats_that_counted[beats:]
        assert len(late) > 1
        assert not any(late)
        browser.click(STOP)
        wait_until(lambda: served.orders.heard[-1] == "stop", "the page goes on")


def test_beyond_this_machine_a_page_watches_until_it_has_the_token(browser, serve):
    with serve("0.0.0.0") as served:
        browser.open(served.url)
        browser.wait_for_text(WATCH_ONLY)
        assert STOP not in browser.text()
        wait_until(lambda: browser.evaluate(FOCUS_TOKENS_FIELD), "there is a field for the token")
        browser.write("the token")
        browser.wait_for_text(STOP)
        assert WATCH_ONLY not in browser.text()
        browser.open(served.url)
        browser.wait_for_text(STOP)  # loaded again, it is remembered
        browser.click(STOP)
        wait_until(lambda: "stop" in served.orders.heard, "and commands")
