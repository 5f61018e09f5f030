"""A property that is tried with many inputs, and how many of them it held for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.faults import times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hypothesis.strategies import SearchStrategy


def hold(
    tally: Callable[..., None],
    what: str,
    check: Callable[..., None],
    *inputs: SearchStrategy,
    some: int,
    all_: int,
    examples: Iterable[tuple] = (),
) -> None:
    """Let a check run with *some* inputs, or with *all_*, after those that once failed.

    What is counted as lost is one: Hypothesis ends with the simplest that it finds.
    """
    tried, lost = 0, 1

    def counted(values: tuple) -> None:
        nonlocal tried
        tried += 1
        check(*values)

    test = given(st.tuples(*inputs))(counted)
    for values in examples:
        test = example(values)(test)
    unhurried = settings(
        max_examples=times(some, all_), deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    try:
        unhurried(test)()
        lost = 0
    finally:
        tally(what, tried=tried, lost=lost)
