"""Several processes that train one learner together, each in environments of its own.

Every process holds the same weights. Gradients are averaged before each step of an optimiser, and
what is computed over a batch (statistics of normalisers and advantages, divergence) is computed
over the batches of all: the result is that of one process with all the environments. Only the
leader, the process of rank 0, judges, writes and speaks.

One machine: ``train --nproc 2``. Several: the same command under torchrun on each, see
docs/training.md.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from datetime import timedelta
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import torch
from torch import Tensor, distributed

LONGEST_WAIT = timedelta(days=7)
"""For another process in the middle of a training: as long as one may be paused."""
LONGEST_START = timedelta(minutes=5)
"""Until all processes of a training are there."""
SEED_STRIDE = 1_000_000_007
"""Between the seeds of two processes: no two trainings with seeds of a usual size meet."""


class LostProcessError(RuntimeError):
    """Another process of the same training has ended; the message says what to do."""


class Team:
    """The processes of one training; alone, every method returns what it was given.

    Args:
      rank: of this process, from 0.
      size: processes.
    """

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size

    @classmethod
    def joined(cls, device_type: str) -> Team:
        """The team that the environment variables of torchrun name; alone without them.

        Args:
          device_type: "cuda" or "cpu", where the tensors are.

        Raises:
          LostProcessError: the others are not there within `LONGEST_START`.
        """
        if not cls.is_named():
            return cls()
        if device_type == "cuda":
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count())
        backend = "nccl" if device_type == "cuda" else "gloo"
        store, rank, size = _met()
        distributed.init_process_group(
            backend, store=store, rank=rank, world_size=size, timeout=LONGEST_WAIT
        )
        return cls(rank, size)

    @staticmethod
    def is_named() -> bool:
        """Whether environment variables say that this process is one of several."""
        return int(os.environ.get("WORLD_SIZE", "1")) > 1

    @property
    def leads(self) -> bool:
        """Whether this is the process that judges, writes and speaks."""
        return self.rank == 0

    def seed(self, seed: int) -> int:
        """This process's own, from the training's."""
        return (seed + self.rank * SEED_STRIDE) % 2**31

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace each by its mean over the processes, all of them in one message."""
        if self.size == 1:
            return
        flat = torch.cat([tensor.detach().flatten() for tensor in tensors])
        with _others():
            distributed.all_reduce(flat)
        flat /= self.size
        for tensor, mean in zip(tensors, flat.split([tensor.numel() for tensor in tensors])):
            tensor.detach().copy_(mean.view_as(tensor))

    def stacked(self, tensor: Tensor) -> Tensor:
        """(size, ...) of everybody's ``tensor`` (...)."""
        if self.size == 1:
            return tensor[None]
        parts = [torch.empty_like(tensor) for _ in range(self.size)]
        with _others():
            distributed.all_gather(parts, tensor.contiguous())
        return torch.stack(parts)

    def gathered(self, value: Any) -> List[Any]:
        """Everybody's ``value``, in the order of ranks."""
        if self.size == 1:
            return [value]
        values: List[Any] = [None] * self.size
        with _others():
            distributed.all_gather_object(values, value)
        return values

    def collected(self, value: Any) -> Optional[List[Any]]:
        """Everybody's ``value``, in the order of ranks, for the leader; None for the others."""
        if self.size == 1:
            return [value]
        values: Optional[List[Any]] = [None] * self.size if self.leads else None
        with _others():
            distributed.gather_object(value, values, dst=0)
        return values

    def told(self, value: Any = None) -> Any:
        """The leader's ``value``."""
        if self.size == 1:
            return value
        box = [value]
        with _others():
            distributed.broadcast_object_list(box, src=0)
        return box[0]

    def mean_metrics(self, metrics: Dict[str, float]) -> Dict[str, float]:
        """Means over the processes that have a figure of that name."""
        if self.size == 1:
            return metrics
        everybodys = self.gathered(metrics)
        names = dict.fromkeys(name for one in everybodys for name in one)
        known = {name: [one[name] for one in everybodys if name in one] for name in names}
        return {name: sum(values) / len(values) for name, values in known.items()}


ALONE = Team()


def _met() -> Tuple[Any, int, int]:
    """Store, rank and number of processes once all are there, which may have died on their way."""
    try:
        store, rank, size = next(distributed.rendezvous("env://", timeout=LONGEST_START))
        store.set(f"there/{rank}", "")
        store.wait([f"there/{other}" for other in range(size)], LONGEST_START)
    except RuntimeError as error:
        raise LostProcessError(
            f"the processes of this training did not all start within "
            f"{LONGEST_START.total_seconds():.0f} s, see above for what the others said"
        ) from error
    return store, rank, size


@contextlib.contextmanager
def _others() -> Iterator[None]:
    """Says in a sentence that another process is gone, which torch says in many."""
    try:
        yield
    except RuntimeError as error:
        raise LostProcessError(
            "another process of this training has ended, see above for what it said; resume from "
            "the run's folder"
        ) from error


@contextlib.contextmanager
def companions(count: int, arguments: Sequence[str]) -> Iterator[None]:
    """The other processes of a training on this machine, which end with this one, the leader.

    Args:
      count: processes in all; 1 for none besides this one.
      arguments: of ``rl_manip_train train``, which they run, too.
    """
    if count == 1:
        yield
        return
    command = [sys.executable, "-m", "rl_manip_train.commands.train", *arguments]
    with meeting_place(count) as address:
        # they inherit the mask: Ctrl+C waits until they are imported, and have a `Control`
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        processes = [
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **address, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            )
            for rank in range(1, count)
        ]
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        os.environ.update(address, RANK="0", LOCAL_RANK="0")
        try:
            yield
            for process in processes:
                process.wait()
        finally:
            for process in processes:
                process.kill()
                process.wait()


def local_size() -> Optional[int]:
    """Processes of this training on this machine, where torchrun or ``companions`` say so."""
    size = os.environ.get("LOCAL_WORLD_SIZE")
    return int(size) if size else None


@contextlib.contextmanager
def meeting_place(count: int) -> Iterator[Dict[str, str]]:
    """Where the processes of a training on this machine find each other, as torchrun does it.

    The port is taken at once: one that is only looked up may be somebody else's by the time that
    the leader listens, and the others would wait for it.

    Args:
      count: processes.

    Yields:
      Environment variables for all of them, which hold within the context.
    """
    store = distributed.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    yield {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(store.port),
        "WORLD_SIZE": str(count),
        "LOCAL_WORLD_SIZE": str(count),
        "TORCHELASTIC_USE_AGENT_STORE": "True",
        "TORCHELASTIC_RESTART_COUNT": "0",
    }
