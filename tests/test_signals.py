"""Signals end the work, and what belongs together is done before."""

import os
import signal

import pytest

from beetsplug.mir.ground.signals import Stop

NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(params=NUMBERS)
def send(request):
    """Send one of the signals to this very process; at last all do what they did."""
    before = [signal.getsignal(number) for number in NUMBERS]
    yield lambda: os.kill(os.getpid(), request.param)
    assert [signal.getsignal(number) for number in NUMBERS] == before


def test_a_signal_ends_the_work_at_once(send):
    def work():
        with Stop().heeded():
            send()
            pytest.fail("it goes on")

    with pytest.raises(KeyboardInterrupt):
        work()


def test_what_belongs_together_is_done_before(send):
    done = []

    def work():
        stop = Stop()
        with stop.heeded():
            with stop.held():
                send()
                done.append("both")
            pytest.fail("it goes on")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["both"]


def test_one_that_was_swallowed_ends_what_comes_next(send):
    def work():
        stop = Stop()
        with stop.heeded():
            with pytest.raises(KeyboardInterrupt):
                send()
            with stop.held():
                pytest.fail("it goes on")

    with pytest.raises(KeyboardInterrupt):
        work()


def test_an_error_is_not_taken_for_a_signal():
    stop = Stop()
    with stop.heeded():
        with pytest.raises(ZeroDivisionError), stop.held():
            raise ZeroDivisionError
        with stop.held():
            pass


def test_what_is_ignored_stays_so():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Stop().heeded():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
