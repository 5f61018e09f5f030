"""What `mirextract` asks of each file, and what is current by that."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ... import names
from ...sound.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path


class Wanted(NamedTuple):
    """The versions of which an item needs no analysis."""

    features: Container[str]
    network: Container[str] | None  # None if nobody asks for it


class Asked(NamedTuple):
    """What is asked of each file."""

    excerpt: int  # seconds to hear of it, 0 for all
    network: Path | None  # the weights of the network that is to hear it, too

    @property
    def version(self) -> str:
        """What is stored with the features."""
        return names.version(self.excerpt)

    @property
    def network_version(self) -> str | None:
        """What is stored with the network's values."""
        return names.version(self.excerpt, names.NETWORK_VERSION) if self.network else None

    @property
    def current(self) -> Wanted:
        """The versions that need no analysis."""
        of_network = names.current_versions(self.excerpt, names.NETWORK_VERSION)
        features = names.current_versions(self.excerpt)
        return Wanted(features, of_network if self.network else None)

    @property
    def described(self) -> str:
        """In words."""
        heard = f"excerpts of {self.excerpt} s" if self.excerpt else "whole"
        return f"{heard}, {'with' if self.network else 'without'} the network"

    def task(self, key: int, path: bytes, *, measured: bool, heard: bool) -> Task:
        """Return the task for the workers."""
        return Task(key, path, self.excerpt, self.network if heard else None, measured)
