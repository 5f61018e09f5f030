"""What a worker of a scheduler does: gets ready, and analyses.

It may run another Python than who asks. So only plain values go to and fro.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...ground import files
from ..confinement import held_in
from ..tasks import Task, analyse

if TYPE_CHECKING:
    from collections.abc import Mapping


def get_ready(folder: str, network: bytes | None) -> str | None:
    """Load what an analysis takes; return where the network is.

    *network* are kept weights, written into the worker's own *folder* under their digest.
    """
    from .. import analysis  # noqa: F401 (what fails here would fail for each file)

    return _keep(folder, network) if network else None


def analyse_there(
    path: bytes, n_bytes: int, excerpt: int, network: str | None, measured: bool, n_threads: int
) -> Mapping[str, Any]:
    """Analyse a file of so many bytes; return the fields of its result.

    This worker has *n_threads*, and *network* is where :func:`get_ready` kept the weights.
    """
    if reason := _unseen(path, n_bytes):
        return {"unseen": reason}
    task = Task(0, path, excerpt, Path(network) if network else None, measured)
    with held_in(n_threads):
        result = analyse(task)
    if result.error is not None:
        reason = _unseen(path, n_bytes) or (None if result.of_file else result.error)
        if reason:
            return {"unseen": reason}
    return {name: value for name, value in result._asdict().items() if name != "task"}


def _unseen(path: bytes, n_bytes: int) -> str | None:
    """Say why this is not the file that who asks has in mind; None if it may be."""
    try:
        with open(path, "rb") as file:
            found = os.stat(file.fileno()).st_size
            file.read(1)
    except FileNotFoundError:
        return "there is no such file"
    except (OSError, ValueError) as exc:  # a NUL in the path
        return f"it cannot be read ({getattr(exc, 'strerror', None) or exc})"
    return None if found == n_bytes else f"it has {found} bytes there, not {n_bytes}"


def _keep(folder: str, network: bytes) -> str:
    from ..network import weights

    path = Path(folder) / f"mir-network-{hashlib.sha256(network).hexdigest()[:16]}.bin"
    files.replace(path, network)
    weights.read(path)  # another format, or damaged on its way
    weights.load(path)
    return str(path)
