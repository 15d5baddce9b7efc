"""Which worker of pytest-xdist runs which test: most side by side, some alone at the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import pytest
from xdist.report import report_collection_diff
from xdist.workermanage import WorkerController

AHEAD = 2  # tests that a worker holds: it runs one only when it knows what follows


class SideBySide:
    """A scheduler of pytest-xdist, see xdist.scheduler.protocol.

    Each worker takes a file, since its tests share what is expensive to make. Where no file is
    left, a worker takes half of what another one has still to do of its file. When all of that is
    done, one worker runs the tests that want the machine for themselves, while the others are gone.
    """

    def __init__(
        self,
        num_workers: int,
        is_alone: Callable[[str], bool],
        config: pytest.Config | None = None,
    ) -> None:
        """`is_alone(test's id)` says whether a test wants the machine for itself.

        Other plugins ask a scheduler for its `config` when a worker has crashed.
        """
        self.config = config
        self._num_workers, self._is_alone = num_workers, is_alone
        self._tests: list[str] | None = None  # ids; None before every worker has collected
        self._collected: dict[WorkerController, list[str]] = {}
        self._held: dict[WorkerController, list[int]] = {}  # given to a worker and not done
        self._left: dict[WorkerController, deque[int]] = {}  # of the file that a worker is at
        self._files: deque[deque[int]] = deque()  # that nobody is at
        self._alone: deque[int] = deque()

    @property
    def nodes(self) -> list[WorkerController]:
        """The workers."""
        return list(self._held)

    @property
    def collection_is_completed(self) -> bool:
        """Whether every worker that was there at the start has collected the tests."""
        return len(self._collected) >= self._num_workers

    @property
    def tests_finished(self) -> bool:
        """Whether every test is with a worker, which then needs no more than to be told the end."""
        return self._tests is not None and not (self._side_by_side_is_left() or self._alone)

    @property
    def has_pending(self) -> bool:
        """Whether a test is not done."""
        return any(self._held.values()) or self._side_by_side_is_left() or bool(self._alone)

    def add_node(self, node: WorkerController) -> None:
        """A worker is there; it collects."""
        self._held[node], self._left[node] = [], deque()

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        """A worker has collected; RuntimeError where it found other tests than the first one."""
        first = next(iter(self._collected), node)
        known = self._collected.get(first, collection)
        names = (first.gateway.id, node.gateway.id)
        if difference := report_collection_diff(known, collection, *names):
            raise RuntimeError(difference)
        self._collected[node] = list(collection)

    def schedule(self) -> None:
        """Every worker has collected, or one has that takes the place of a crashed one."""
        if self._tests is None:
            self._tests = next(iter(self._collected.values()))
            files: dict[str, deque[int]] = {}
            for index, test in enumerate(self._tests):
                alone = self._is_alone(test)
                group = self._alone if alone else files.setdefault(test.split("::")[0], deque())
                group.append(index)
            self._files.extend(files.values())
        self._give()

    def mark_test_complete(
        self, node: WorkerController, item_index: int, duration: float = 0.0
    ) -> None:
        """A worker has done a test."""
        self._held[node].remove(item_index)
        self._give()

    def remove_node(self, node: WorkerController) -> str | None:
        """A worker is gone; the test at which it crashed, if it did. The rest goes to others."""
        held = self._held.pop(node)
        left = self._left.pop(node)
        crashed, rest = held[:1], held[1:]
        self._alone.extendleft(reversed([index for index in rest if self._is_alone_index(index)]))
        left.extendleft(reversed([index for index in rest if not self._is_alone_index(index)]))
        if left:
            self._files.append(left)
        if self._tests is not None:
            self._give()
        return self._tests[crashed[0]] if crashed else None

    def mark_test_pending(self, item: str) -> None:
        """A test at which a worker crashed is to run once more."""
        index = self._tests.index(item)
        if self._is_alone_index(index):
            self._alone.appendleft(index)
        else:
            self._files.append(deque([index]))
        self._give()

    def remove_pending_tests_from_node(
        self, node: WorkerController, indices: Sequence[int]
    ) -> None:
        """Only schedulers of other kinds are asked this."""
        raise NotImplementedError

    def _is_alone_index(self, index: int) -> bool:
        return self._is_alone(self._tests[index])

    def _side_by_side_is_left(self) -> bool:
        return bool(self._files) or any(self._left.values())

    def _give(self) -> None:
        """Hand out what can be done now, and end the workers for which nothing is left."""
        there = [node for node in self.nodes if not node.shutting_down]
        for node in there:
            while len(self._held[node]) < AHEAD and (test := self._next(node)) is not None:
                self._send(node, [test])
        if self._side_by_side_is_left() or not there:
            return
        last, *others = there
        for node in others if self._alone else there:
            node.shutdown()
        # `last` holds the test that it cannot run before it knows what follows
        quiet = not any(held for node, held in self._held.items() if node is not last)
        if self._alone and quiet and len(self._held[last]) < AHEAD:
            self._send(last, list(self._alone))
            self._alone.clear()
            last.shutdown()

    def _next(self, node: WorkerController) -> int | None:
        """The next test for a worker, None where there is none."""
        if not self._left[node]:
            if self._files:
                self._left[node] = self._files.popleft()
            else:
                longest = max(self._left.values(), key=len)
                half = [longest.pop() for _ in range((len(longest) + 1) // 2)]
                self._left[node] = deque(reversed(half))
        return self._left[node].popleft() if self._left[node] else None

    def _send(self, node: WorkerController, tests: list[int]) -> None:
        self._held[node].extend(tests)
        node.send_runtest_some(tests)
