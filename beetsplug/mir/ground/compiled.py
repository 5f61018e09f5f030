"""How loops are compiled: once, cached on disk, fast where order of addition is free."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from numba import njit
from numba.core.caching import FunctionCache

if TYPE_CHECKING:
    from collections.abc import Callable

# NaN and infinity keep their meaning; sums may be regrouped, so that they vectorise.
_FREEDOM = {"reassoc", "contract", "nsz", "arcp"}


class _Cache(FunctionCache):  # type: ignore[misc]
    """Does without the disk when that is full or fails: nothing but time is lost by it."""

    def load_overload(self, *args: Any) -> Any:
        with suppress(OSError):
            return super().load_overload(*args)
        return None

    def save_overload(self, *args: Any) -> None:
        with suppress(OSError):
            super().save_overload(*args)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function of arrays to machine code at its first call, or load it."""
    options: dict[str, Any] = {"fastmath": _FREEDOM, "error_model": "numpy"}
    fast: Callable[..., Any] = njit(**options)(function)
    with suppress(RuntimeError):  # there is no folder that we may write to
        # As its enable_caching() does with numba's own.
        fast._cache = _Cache(function)  # type: ignore[attr-defined]
    return fast
