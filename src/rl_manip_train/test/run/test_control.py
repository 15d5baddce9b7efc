"""Orders: carried out in order, each answered, a pause waits for what ends it."""

import io
import threading

from rl_manip_train.run.control import Control


def outcomes(*orders):
    """What came of ``orders``: {order: outcome} in order, and whether to stop."""
    control, answers = Control(), []
    for order in orders:
        control.give(order)
    stopped = control.stopped(lambda: "000001.pt", lambda *answer: answers.append(answer))
    return answers, stopped


def test_every_order_is_answered():
    answers, stopped = outcomes("checkpoint", "pause", "pause", "resume", "resume")
    assert answers == [
        ("checkpoint", "checkpoint written: 000001.pt"),
        ("pause", "paused between two updates"),
        ("pause", "already paused"),
        ("resume", "going on"),
        ("resume", "not paused"),
    ]
    assert not stopped


def test_a_paused_training_can_be_stopped():
    answers, stopped = outcomes("pause", "stop")
    assert [order for order, _ in answers] == ["pause", "stop"]
    assert stopped


def test_what_is_no_order_is_ignored():
    assert outcomes("dance") == ([], False)


def test_a_pause_waits():
    control, waiting = Control(), threading.Event()
    control.give("pause")
    thread = threading.Thread(
        target=control.stopped, args=(lambda: "", lambda *answer: waiting.set())
    )
    thread.start()
    assert waiting.wait(10.0)
    thread.join(timeout=0.1)
    assert thread.is_alive()
    control.give("resume")
    thread.join(10.0)
    assert not thread.is_alive()


def test_the_end_of_the_stream_is_an_order_to_stop():
    control, read = Control(), threading.Event()
    control.give = lambda order, give=control.give: (give(order), order == "stop" and read.set())
    control.listen(io.StringIO("checkpoint\n"))
    assert read.wait(10.0)
    saved = []
    assert control.stopped(lambda: saved.append(1), lambda *answer: None)
    assert saved == [1]
