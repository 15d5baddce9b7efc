"""What the page says of the guard, and of the last thing that somebody did."""

from __future__ import annotations

from html import escape

from rl_manip_cockpit.shown.markup import BAD, CAREFUL, GOOD, PLAIN, as_high_as, block, card
from rl_manip_cockpit.state.seen import Seen
from rl_manip_cockpit.state.stop_press import NOT_OBEYED
from rl_manip_deploy.guard.mode import Mode

COLOURS = {
    Mode.ARMED.value: GOOD,
    Mode.HOLDING.value: CAREFUL,
    Mode.DISARMED.value: CAREFUL,
    Mode.STOPPING.value: BAD,
    Mode.STOPPED.value: BAD,
}


def guard_text(seen: Seen) -> str:
    """The guard's state in one word, its reason, and what keeps it from being armed."""
    word = seen.guard_word
    if not word:
        return card("NO GUARD", BAD, ["nothing is heard of the velocity guard: is it started?"])
    lines = [seen.guard_reason] if seen.guard_reason else []
    if word not in (Mode.ARMED.value, Mode.STOPPING.value):  # it comes to rest first
        lines.append(
            f"cannot be armed yet: {seen.trouble}" if seen.trouble else "ready to be armed"
        )
    if seen.held_at:
        lines.append(
            f"held at {seen.held_at}: the way to the goal leads through it; choose another"
        )
    return card(word.upper(), COLOURS.get(word, PLAIN), lines)


def note_text(note: str) -> str:
    """What became of the last press, on this or another page."""
    alarming = f"color:{BAD};font-weight:700;" if note.startswith(NOT_OBEYED) else ""
    return block(escape(note), f"{alarming}{as_high_as(6.0)}")
