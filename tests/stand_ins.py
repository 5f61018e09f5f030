"""What stands in for the analysis of a file in a worker.

A worker loads the module of its stand-in: this one takes milliseconds where one of tests, with
all that analyses, takes a second.
"""

import os
import signal
import time
from pathlib import Path

from beetsplug.mir import names
from beetsplug.mir.sound.tasks import Result, Task, analyse

COSTS = "costs"  # a file beside those of sound: what each took of its worker


def misbehave(task: Task) -> Result:
    """By its name a file kills its worker, hangs it or breaks."""
    name = os.path.basename(task.path)
    if name == b"crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if name == b"hang":
        time.sleep(600)
    if name == b"break":
        raise RuntimeError("a fault of ours")
    return Result(task, values={"pid": float(os.getpid())})


def tell_priority(task: Task) -> Result:
    """Return how nice the worker is."""
    return Result(task, values={"nice": float(os.nice(0))})


def take_a_while(task: Task) -> Result:
    """Let there be a middle to be killed in."""
    time.sleep(0.3)
    return Result(task, values={})


def kill_own_worker(task: Task) -> Result:
    """Be too much for the machine's memory, if the file is called huge."""
    if os.path.basename(task.path) == b"huge":
        os.kill(os.getpid(), signal.SIGKILL)
    return Result(task, values={})


def end_own_worker_once(task: Task) -> Result:
    """Be in a worker that somebody ends, as a shutdown does; not if it has begun before."""
    if not os.path.exists(task.path):
        open(task.path, "wb").close()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    return Result(task, values={})


def grow(task: Task) -> Result:
    """Take a while, in which one file grows once; an odd one has other values."""
    size = os.path.getsize(task.path)
    if b"Two 1" in task.path and size % 2 == 0:
        time.sleep(0.5)
        with open(task.path, "ab") as file:
            file.write(b"0")
    return Result(task, values=dict.fromkeys(names.VECTOR, float(size % 2)))


def be_busy(task: Task) -> Result:
    """Have a file of many hours."""
    Path(os.fsdecode(task.path)).write_text(str(os.getpid()))
    while True:
        sum(range(10_000))


def watched(task: Task) -> Result:
    """Analyse a file, and note how much memory its worker needed for it at the most."""
    Path("/proc/self/clear_refs").write_text("5")
    result = analyse(task)
    status = Path("/proc/self/status").read_text().split()
    kilobytes = int(status[status.index("VmHWM:") + 1])
    with open(os.path.join(os.path.dirname(os.fsdecode(task.path)), COSTS), "a") as file:
        file.write(f"{task.key} {kilobytes}\n")
    return result
