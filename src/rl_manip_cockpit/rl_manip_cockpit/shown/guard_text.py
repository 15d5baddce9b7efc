"""What the page says of the guard, and of the last thing that somebody did."""

from __future__ import annotations

from html import escape

from rl_manip_cockpit.shown.markup import BAD, CAREFUL, GOOD, PLAIN, block
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
        return _card("NO GUARD", BAD, ["nothing is heard of the velocity guard: is it started?"])
    lines = [seen.guard_reason] if seen.guard_reason else []
    if word != Mode.ARMED.value:
        lines.append(
            f"cannot be armed yet: {seen.trouble}" if seen.trouble else "ready to be armed"
        )
    return _card(word.upper(), COLOURS.get(word, PLAIN), lines)


def note_text(note: str) -> str:
    """What became of the last press, on this or another page."""
    alarming = f"color:{BAD};font-weight:700;" if note.startswith(NOT_OBEYED) else ""
    return block(escape(note), f"{alarming}{_as_high_as(4.5)}")


def _card(word: str, colour: str, lines: list[str]) -> str:
    head = f'<div style="color:{colour};font-size:1.5em;font-weight:700">{escape(word)}</div>'
    return block(head + "".join(f"<div>{escape(line)}</div>" for line in lines), _as_high_as(6.5))


def _as_high_as(lines: float) -> str:
    """Of that height whatever it says: no button moves away from under a finger."""
    return f"height:{lines}em;overflow:auto"
