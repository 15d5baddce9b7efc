"""What the policy node says of a goal is read again as it was said."""

import pytest

from rl_manip_deploy.policy.goals.goal_word import Fate, GoalWord


@pytest.mark.parametrize(
    ("word", "line"),
    [
        (GoalWord(Fate.TAKEN, 1795943507115276515), "taken 1795943507115276515"),
        (
            GoalWord(Fate.REFUSED, 0, "goal refused: 'map': no"),
            "refused 0: goal refused: 'map': no",
        ),
        (GoalWord(Fate.DROPPED, 7, "two\nlines"), "dropped 7: two\nlines"),
    ],
)
def test_a_line_says_it_all(word, line):
    assert word.text() == line
    assert GoalWord.read(line) == word


@pytest.mark.parametrize("line", ["", "taken", "taken x", "lost 7", "taken 7 and more", "taken -7"])
def test_another_line_says_nothing(line):
    assert GoalWord.read(line) is None
