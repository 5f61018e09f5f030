"""How loops are compiled: once, cached on disk, fast where order of addition is free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

# NaN and infinity keep their meaning; sums may be regrouped, so that they vectorise.
_FREEDOM = {"reassoc", "contract", "nsz", "arcp"}


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function of arrays to machine code at its first call, or load it."""
    options: dict[str, Any] = {"fastmath": _FREEDOM, "error_model": "numpy"}
    fast: Callable[..., Any]
    try:
        fast = njit(cache=True, **options)(function)
    except RuntimeError:  # there is no folder that we may write to
        fast = njit(**options)(function)
    return fast
