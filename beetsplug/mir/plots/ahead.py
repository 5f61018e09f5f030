"""What takes long, computed in a process of its own while figures are drawn."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, suppress
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, TypeAlias

from pebble import ProcessExpired, ProcessPool

from ..ground.processes import end_with_parent, make_importable, one_numeric_thread
from ..ground.signals import held, kept_from_children
from ..names import CLASSIC
from ..space import autoencoder
from ..space.encodings import spaces_at_hand
from .material import SCORES, Key, Material

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pebble import ProcessFuture

Job: TypeAlias = "tuple[str, Key]"


class Ahead:
    """A process with the tracks of a material, which computes what all figures ask it for."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._jobs = dict.fromkeys(_jobs(material.features, material.bias))
        self._futures: dict[Job, ProcessFuture[object]] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Ahead:
        make_importable()
        self._stack.enter_context(one_numeric_thread())
        # Fresh ("spawn"), since a fork would inherit beets' open database.
        pool = ProcessPool(
            max_workers=1,
            initializer=_begin,
            initargs=[self._material.arguments],
            context=get_context("spawn"),
        )
        self._stack.callback(pool.join)
        self._stack.callback(pool.stop)
        with held(), kept_from_children():  # as in the pool of the analysis
            self._futures = {job: pool.schedule(_compute, args=[*job]) for job in self._jobs}
        self._material.elsewhere = self.result
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def result(self, features: str, key: Key) -> object | None:
        """Wait for what a key of a material stands for; None if it is not computed here.

        That is so, too, when the process has died.
        """
        future = self._futures.get((features, key))
        if future is None:
            return None
        with suppress(ProcessExpired, BrokenProcessPool):
            return future.result()
        return None


def _jobs(features: str, bias: float) -> Iterator[Job]:
    """Yield what takes long, in the order in which the figures ask for it."""
    networks = autoencoder.available()
    if networks:
        for set_, dims in ((CLASSIC, 3), (features, 3), (features, 1), (features, 2)):
            yield set_, ("autoencoder", dims, 0.0)
    yield features, SCORES
    for name, dims in spaces_at_hand(features).values():
        if name == "autoencoder":  # trained for the scores; the best of them are shown
            yield features, (name, dims, 0.0)
    if networks:
        yield features, ("autoencoder", 3, bias)


_arguments: dict[str, Any] = {}


def _begin(arguments: dict[str, Any]) -> None:
    """Know the tracks, and end with the process that draws."""
    end_with_parent()
    _arguments.update(arguments)


@cache
def _material() -> Material:
    return Material(**_arguments)


def _compute(features: str, key: Key) -> object:
    material = _material()
    if features != material.features:
        material = material.of_the_sixteen
    return material.value_of(key)
