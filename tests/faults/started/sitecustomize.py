"""Python loads this at its start: `beet` counts the steps of its writing, and ends at one.

A step is a file made, renamed or removed below ``BEETSDIR``, or a statement that changes the
library. The kinds of all go to the file ``$FAULTS_STEPS``, one a line; at that of number
``$FAULTS_AT`` the process gets the signal ``$FAULTS_SIGNAL``.
"""

import os
import signal
import sqlite3
import sys
import threading
import time

WRITING = os.O_WRONLY | os.O_RDWR
STATEMENTS = ("BEGIN IMMEDIATE", "COMMIT", "INSERT", "DELETE", "UPDATE")


class Steps:
    def __init__(self):
        self.root = os.environ["BEETSDIR"]
        self.log = os.open(os.environ["FAULTS_STEPS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.at = int(os.environ.get("FAULTS_AT", "0"))
        self.signal = int(os.environ.get("FAULTS_SIGNAL", "0"))
        self.n = 0
        self.now = threading.Event()
        if self.signal != signal.SIGKILL:
            threading.Thread(target=self.send, daemon=True).start()

    def send(self):
        """Send the signal a little later: SQLite hides what is raised while it calls us."""
        self.now.wait()
        time.sleep(0.002)
        os.kill(os.getpid(), self.signal)

    def take(self, kind):
        self.n += 1
        if not self.at:
            os.write(self.log, f"{kind}\n".encode())
        elif self.n == self.at and self.signal == signal.SIGKILL:
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.n == self.at:
            self.now.set()

    def audit(self, event, args):
        if event == "open" and isinstance(args[2], int) and args[2] & WRITING:
            self.touched("write", args[0])
        elif event in ("os.rename", "os.remove", "os.mkdir"):
            self.touched(event[3:], args[0])

    def touched(self, kind, path):
        if isinstance(path, (str, bytes, os.PathLike)):
            name = os.fsdecode(path)
            if name.startswith(self.root) and not name.endswith((".log", ".pickle")):
                self.take(kind)

    def connect(self, *args, **options):
        connection = connect(*args, **options)
        connection.set_trace_callback(self.executed)
        return connection

    def executed(self, statement):
        if statement.lstrip().startswith(STATEMENTS):
            self.take(statement.split()[0])


if "FAULTS_STEPS" in os.environ and sys.orig_argv[1:3] == ["-m", "beets"]:
    steps = Steps()
    connect, sqlite3.connect = sqlite3.connect, steps.connect
    sys.addaudithook(steps.audit)
