"""What the page says of the guard and of the last press."""

import re

import pytest

from rl_manip_cockpit.shown.guard_text import guard_text, note_text
from rl_manip_cockpit.shown.markup import BAD, GOOD
from rl_manip_cockpit.state.seen import Seen
from rl_manip_cockpit.state.stop_press import NOT_OBEYED


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (Seen(0.0), "NO GUARD nothing is heard of the velocity guard: is it started?"),
        (Seen(0.0, guard="armed"), "ARMED"),
        (Seen(0.0, guard="stopping: stop was asked for"), "STOPPING stop was asked for"),
        (Seen(0.0, guard="disarmed: not armed yet"), "DISARMED not armed yet ready to be armed"),
        (
            Seen(0.0, guard="stopped: no states: 0.1 s", trouble="no joint states"),
            "STOPPED no states: 0.1 s cannot be armed yet: no joint states",
        ),
        (
            Seen(0.0, guard="armed", held_at="crate and wrist_3_link"),
            "ARMED held at crate and wrist_3_link: the way to the goal leads through it; "
            "choose another",
        ),
    ],
)
def test_state_reason_and_what_keeps_it_from_arming(seen, said):
    assert words(guard_text(seen)) == said


def test_what_others_say_is_text_and_no_markup():
    said = guard_text(Seen(0.0, guard="stopped: <script>alert(1)</script>"))
    assert "<script>" not in said
    assert "&lt;script&gt;" in said
    assert "<b>" not in note_text("not armed: <b>")


def test_colours_tell_armed_from_stopped_and_a_stop_that_was_not_obeyed():
    assert GOOD in guard_text(Seen(0.0, guard="armed"))
    assert BAD in guard_text(Seen(0.0, guard="stopping: x"))
    assert BAD in note_text(f"{NOT_OBEYED}: no answer")
    assert BAD not in note_text("stop obeyed: quickly")


def test_no_text_moves_the_buttons():
    """Heights are fixed, so what is pressed stays where it is."""
    heights = [re.search(r"height:[\d.]+em", note_text(note))[0] for note in ("", "long " * 99)]
    assert heights[0] == heights[1]
