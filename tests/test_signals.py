"""Signals end the work, and what belongs together is done before."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from beetsplug.mir.ground import signals
from beetsplug.mir.ground.signals import heeded, held, kept_from_children

NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(params=NUMBERS)
def send(request):
    """Send one of the signals to this very process; at last all do what they did."""
    before = [signal.getsignal(number) for number in NUMBERS]
    yield lambda: os.kill(os.getpid(), request.param)
    assert [signal.getsignal(number) for number in NUMBERS] == before


def test_a_signal_ends_the_work_at_once(send):
    def work():
        with heeded():
            send()
            pytest.fail("it goes on")

    with pytest.raises(KeyboardInterrupt):
        work()


def test_what_belongs_together_is_done_before(send):
    done = []

    def work():
        with heeded():
            with held(), held():
                send()
                done.append("both")
            pytest.fail("it goes on")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["both"]


def test_a_second_ctrl_c_waits_for_nothing_but_others_do():
    done = []

    def work():
        with heeded(), held():
            for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGHUP):
                signal.raise_signal(number)
                done.append(number)
            signal.raise_signal(signal.SIGINT)
            pytest.fail("it goes on")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert len(done) == 3


def test_others_that_come_with_the_first_mean_the_same(monkeypatch):
    """A terminal that is closed tells twice; what a command does at its end is done."""
    monkeypatch.setattr(signals, "_SAME", 60.0)
    done = []

    def work():
        try:
            signal.raise_signal(signal.SIGHUP)
        finally:
            signal.raise_signal(signal.SIGHUP)
            done.append("page")
            monkeypatch.setattr(signals, "_SAME", 0.0)
            signal.raise_signal(signal.SIGTERM)
            pytest.fail("it goes on")

    with pytest.raises(KeyboardInterrupt), heeded():
        work()
    assert done == ["page"]


def test_one_that_was_swallowed_ends_what_comes_next(send):
    def work():
        with heeded():
            with pytest.raises(KeyboardInterrupt):
                send()
            with held():
                pytest.fail("it goes on")

    with pytest.raises(KeyboardInterrupt):
        work()


# beets has SQLite say of what is raised while it calls us: to nobody, here.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_one_that_python_swallows_comes_again(send):
    """As what is raised in a `__del__`, or as a weak reference goes while modules load."""

    class Loud:
        def __del__(self):
            send()

    def work():
        with heeded():
            loud = Loud()
            del loud
            time.sleep(30)
            pytest.fail("it goes on")

    hook = sys.unraisablehook
    with pytest.raises(KeyboardInterrupt):
        work()
    assert sys.unraisablehook is hook


def test_what_else_python_swallows_is_told_as_ever(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: told.append(args.exc_value))

    class Wrong:
        def __del__(self):
            raise ValueError("wrong")

    with heeded():
        wrong = Wrong()
        del wrong
    assert [str(error) for error in told] == ["wrong"]


def test_one_that_became_an_error_is_none(send):
    """SQLite says only that a function has failed."""
    db = sqlite3.connect(":memory:")
    db.create_function("interrupted", 0, send)

    def work():
        with heeded():
            db.execute("SELECT interrupted()")

    with pytest.raises(KeyboardInterrupt):
        work()
    db.close()


def test_an_error_is_not_taken_for_a_signal():
    with heeded():
        with pytest.raises(ZeroDivisionError), held():
            raise ZeroDivisionError
        with held():
            pass
    with pytest.raises(ZeroDivisionError), heeded():
        raise ZeroDivisionError


def test_one_of_an_earlier_command_is_forgotten(send):
    with pytest.raises(KeyboardInterrupt), heeded():
        send()
    with heeded(), held():
        pass


def test_what_is_ignored_stays_so():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with heeded():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_what_a_terminal_sends_to_all_is_kept_from_children(number):
    with kept_from_children():
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    child.send_signal(number)
    time.sleep(0.2)
    child.terminate()

    assert child.wait(timeout=60) == -signal.SIGTERM
    assert number not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
