"""One thread for small matrices.

scikit-learn and BLAS start a thread a core for whatever they compute. With sixteen columns
the threads cost more than they give, whatever the number of tracks, and fight for the
cores with all else that runs: docs/performance.md has figures.
"""

from __future__ import annotations

import sys
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from collections.abc import Callable

    P = ParamSpec("P")
    T = TypeVar("T")


def one_thread(function: Callable[P, T]) -> Callable[P, T]:
    """Let a function compute with one thread; what runs before and after keeps its own."""

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> T:
        with _controller(len(sys.modules)).limit(limits=1):
            return function(*args, **kwargs)

    return limited


@lru_cache(1)
def _controller(n_modules: int) -> ThreadpoolController:
    """Find the libraries that have threads, again when modules may have brought others."""
    return ThreadpoolController()
