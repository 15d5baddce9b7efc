"""A plugin of pytest: what tests start hears its signals, also under `nohup` and behind `&`.

Both ignore signals in all that they start, and the tests of ends would wait for one for ever. A
handler that does nothing is not inherited, as being deaf is: pytest and its workers stay as they
were asked to be, and what tests start begins with the default.
"""

import os
import signal

_DEAF_TO = "RL_MANIP_TESTS_DEAF_TO"  # for the workers

_ignored = {
    str(int(number))
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
    if signal.getsignal(number) is signal.SIG_IGN
}
_ignored.update(os.environ.get(_DEAF_TO, "").split())
os.environ[_DEAF_TO] = " ".join(sorted(_ignored))
for _number in _ignored:
    signal.signal(int(_number), lambda number, frame: None)
