"""How loops are compiled: once, cached on disk, fast where order of addition is free."""

from __future__ import annotations

from contextlib import suppress
from pickle import UnpicklingError  # of numba's files beside our code  # nosec B403
from typing import TYPE_CHECKING, Any

from numba import njit
from numba.core.caching import FunctionCache

from .files import DAMAGED

if TYPE_CHECKING:
    from collections.abc import Callable

# NaN and infinity keep their meaning; sums may be regrouped, so that they vectorise.
_FREEDOM = {"reassoc", "contract", "nsz", "arcp"}


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function of arrays to machine code at its first call, or load it."""
    options: dict[str, Any] = {"fastmath": _FREEDOM, "error_model": "numpy"}
    fast: Callable[..., Any] = njit(**options)(function)
    with suppress(RuntimeError):  # there is no folder that we may write to
        # As its enable_caching() does with numba's own.
        fast._cache = _Cache(function)  # type: ignore[attr-defined]
    return fast


class _Cache(FunctionCache):  # type: ignore[misc]
    """What is kept of one loop; compiled anew if a power cut, say, left half of it.

    numba itself fails then, at each call and for ever. Nor is a disk needed that has room.
    """

    def load_overload(self, sig: object, target_context: object) -> object:
        """Return what is kept for arguments of some types; None if it is not to be had."""
        try:
            return super().load_overload(sig, target_context)
        except (*DAMAGED, UnpicklingError):
            return None

    def save_overload(self, sig: object, data: object) -> None:
        """Keep what was compiled for arguments of some types."""
        try:
            super().save_overload(sig, data)
        except (*DAMAGED, UnpicklingError):
            with suppress(OSError):
                self.flush()
                super().save_overload(sig, data)
