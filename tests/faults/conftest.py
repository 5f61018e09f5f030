"""The table of what was tried and what was lost, as docs/reliability.md has it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Return what a test reports its counts to: what was done, how often, what was lost.

    It says so before it fails: what was lost is to be read from the table.
    """

    def report(what: str, *, tried: int, lost: int) -> None:
        record_property("fault", [what, tried, lost])

    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tried: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == "fault":
                    what, n_tried, n_lost = value
                    tried[what] += n_tried
                    lost[what] += n_lost
    if tried:
        terminalreporter.section("faults")
        terminalreporter.write_line("| what was done | times | lost |\n|---|---|---|")
    for what in sorted(tried):
        terminalreporter.write_line(f"| {what} | {tried[what]:,} | {lost[what]:,} |")
