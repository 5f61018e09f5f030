"""The way to a scheduler of Dask, or to one that is started here, and what goes wrong."""

from __future__ import annotations

import asyncio
import logging
import ssl
import warnings
from contextlib import ExitStack, contextmanager, suppress
from ipaddress import ip_address
from socket import gaierror, getaddrinfo
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from ...ground.processes import make_importable, one_numeric_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from distributed import Client, Future

HOW_TO_GET = "pip install 'beets-mir[cluster]'"

PATIENCE = 10.0
"""Seconds in which a scheduler has to answer."""

_NO_ANSWER = (OSError, asyncio.TimeoutError, asyncio.CancelledError)

OF_THE_WAY = (
    *_NO_ANSWER,
    *(ImportError, ValueError, RuntimeError, KeyError, TypeError, MemoryError),
)
"""What Dask raises of the network, or of what is at its other end: that may be anything."""

_PORT = 8786  # Dask's own
_NO_LOG = logging.CRITICAL + 1
_LOGGERS = ("distributed", "distributed.client", "distributed.gc", "tornado", "asyncio")


class MachinesError(Exception):
    """The work cannot be handed to a scheduler, or not any longer; says why, in a line."""


class LostError(Exception):
    """A scheduler that did answer does so no longer."""


class Security(NamedTuple):
    """The files (PEM) by which scheduler, workers and this process know each other."""

    ca_file: str
    cert: str
    key: str | None = None  # which may be in the file of the certificate


def full_address(address: str, security: Security | None) -> str:
    """Return an address with its scheme and port (MachinesError if it is none).

    What says neither is encrypted if there is *security*, and at Dask's own port.
    """
    text = address if "://" in address else f"{'tls' if security else 'tcp'}://{address}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, _PORT if parts.port is None else parts.port
    except ValueError as exc:
        raise MachinesError(f"{address}: no address of a scheduler ({exc})") from exc
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme not in ("tcp", "tls") or not host or rest or not text.isprintable():
        raise MachinesError(
            f"{address}: no address of a scheduler, such as tcp://machine:8786 or tls://..."
        )
    if not port or " " in host:
        raise MachinesError(f"{address}: no address of a scheduler")
    if security and parts.scheme != "tls":
        raise MachinesError(f"{address}: security: is of tls:// addresses")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def is_open(address: str) -> bool:
    """Say whether others could read and change what goes to a full address."""
    parts = urlsplit(address)
    return parts.scheme != "tls" and not _is_loopback(parts.hostname or "")


@contextmanager
def connected(address: str, security: Security | None) -> Iterator[Client]:
    """Connect to the scheduler at a full address (MachinesError)."""
    distributed = _distributed()
    ours = None if security is None else _security(security)
    if ours is None and address.startswith("tls:") and not distributed.Security().tls_ca_file:
        raise MachinesError(f"{address}: needs `security:` with ca_file, cert and key")
    with _quiet():
        client = _client(address, security=ours)
        try:
            yield client
        finally:
            _close(client)


@contextmanager
def started(n_workers: int) -> Iterator[Client]:
    """Start a scheduler and workers of one thread each on this machine, and connect to it.

    They end with the context, or with this process if it is killed.
    """
    distributed = _distributed()
    make_importable()
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        stack.enter_context(one_numeric_thread())
        try:
            cluster = distributed.LocalCluster(
                n_workers=n_workers, threads_per_worker=1, processes=True, memory_limit=0,
                host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=_NO_LOG,
            )  # fmt: skip
        except OF_THE_WAY as exc:
            raise MachinesError(f"cannot start a scheduler here ({_reason(exc)})") from exc
        stack.callback(cluster.close)
        client = _client(cluster)
        stack.callback(_close, client)
        yield client


def dashboard(client: Client) -> str | None:
    """Return the address of the page where a scheduler shows what is done."""
    with suppress(KeyError, AttributeError, ValueError, OSError):
        link = client.dashboard_link
        return None if link is None else str(link)
    return None


def other_version(client: Client) -> str | None:
    """Say so if the scheduler runs another version of Dask than this process."""
    distributed = _distributed()
    with suppress(*OF_THE_WAY):
        said = client.sync(client.scheduler.versions, callback_timeout=PATIENCE)
        theirs = said["packages"]["distributed"]
        if theirs != distributed.__version__:
            return (
                f"the scheduler runs distributed {theirs}, this process"
                f" {distributed.__version__}: what they say may be lost on each other"
            )
    return None


def workers(client: Client) -> dict[str, Any] | None:
    """Return what the scheduler knows of each worker, by its address (LostError).

    None if it does not answer now, as one that is busy, though nobody has hung up.
    """
    with suppress(*OF_THE_WAY):
        found = client.sync(client.scheduler.identity, callback_timeout=PATIENCE)
        return dict(found["workers"])
    if client.status != "running":
        raise LostError
    return None


def submit(client: Client, address: str, function: Callable[..., Any], *args: Any) -> Future:
    """Let the worker at an address, and no other, compute something once (LostError)."""
    with _unless_lost(client):
        return client.submit(
            function, *args, workers=[address], allow_other_workers=False, pure=False, retries=0
        )


def is_running(client: Client, key: str) -> bool:
    """Say whether a worker computes something now; also if it does not answer."""
    with suppress(*OF_THE_WAY):
        question = client.scheduler.call_stack
        return bool(client.sync(question, keys=[key], callback_timeout=PATIENCE))
    return True


def cancel(client: Client, futures: Sequence[Future]) -> None:
    """Let nobody compute any longer what nobody waits for."""
    with suppress(LostError), _unless_lost(client):
        client.cancel(futures)


def hear(client: Client, topic: str, listener: Callable[[Any], None] | None) -> None:
    """Let somebody hear what the scheduler tells of a topic, or nobody any longer."""
    with suppress(LostError), _unless_lost(client):
        if listener:
            client.subscribe_topic(topic, listener)
        else:
            client.unsubscribe_topic(topic)


def gathered(client: Client, futures: Mapping[str, Future]) -> dict[str, Any]:
    """Return the results of futures that are done, under the same names (OSError)."""

    def gather() -> Any:
        return client.gather(dict(futures), errors="skip", asynchronous=True)

    try:
        found = client.sync(gather, callback_timeout=PATIENCE)
    except OF_THE_WAY as exc:
        raise OSError(_reason(exc)) from exc
    return {name: result for name, result in found.items() if result is not None}


@contextmanager
def _unless_lost(client: Client) -> Iterator[None]:
    """Raise LostError for whatever goes wrong because the scheduler is lost."""
    try:
        yield
    except Exception as exc:  # Dask itself raises no other of a closed client
        if client.status != "running" or isinstance(exc, OSError):
            raise LostError from exc
        raise


def _distributed() -> Any:
    try:
        import distributed  # Dask: schedulers and workers on many machines
    except ImportError as exc:
        raise MachinesError(f"--scheduler needs Dask: {HOW_TO_GET}") from exc
    return distributed


def _client(address: object, **options: object) -> Client:
    from distributed import Client
    from distributed.versions import VersionMismatchWarning

    class Quiet(Client):  # type: ignore[misc]
        def __del__(self) -> None:
            """Do without Dask's own, which waits in vain for what never was connected."""

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)  # told in our words
            return Quiet(address, timeout=PATIENCE, set_as_default=False, **options)
    except _NO_ANSWER as exc:
        raise MachinesError(f"{address}: no scheduler answers ({_reason(exc)})") from exc
    except OF_THE_WAY as exc:  # such as a length of 7 EiB, read from what is no length
        raise MachinesError(f"{address}: what answers there is no scheduler of Dask") from exc


def _close(client: Client) -> None:
    """Let the scheduler forget what was asked of it; it may be gone itself."""
    with suppress(*OF_THE_WAY):
        client.close(timeout=PATIENCE / 2)


def _security(files: Security) -> Any:
    """Return what Dask calls security (MachinesError if it cannot be had of the files)."""
    from distributed import Security as Theirs

    for path in filter(None, files):
        try:
            with open(path, "rb"):
                pass
        except OSError as exc:
            raise MachinesError(f"{path}: cannot be read ({exc.strerror})") from exc
    try:
        context = ssl.create_default_context(cafile=files.ca_file)
    except (ssl.SSLError, ValueError) as exc:
        raise MachinesError(f"{files.ca_file}: holds no certificate of an authority") from exc
    try:
        context.load_cert_chain(files.cert, files.key, password=_no_password)
    except (ssl.SSLError, ValueError) as exc:
        pair = files.cert if files.key is None else f"{files.cert}, {files.key}"
        raise MachinesError(f"{pair}: no certificate and its key ({_reason(exc)})") from exc
    return Theirs(
        tls_ca_file=files.ca_file, tls_client_cert=files.cert, tls_client_key=files.key,
        require_encryption=True,
    )  # fmt: skip


def _no_password() -> str:
    raise ValueError("the key has a password, which Dask cannot take")


def _reason(exc: BaseException) -> str:
    return " ".join(str(exc).split()) or type(exc).__name__


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        found = {str(entry[4][0]) for entry in getaddrinfo(host, None)}
    except (gaierror, UnicodeError):
        return False
    return all(ip_address(one.partition("%")[0]).is_loopback for one in found)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's own log from the terminal: what a user needs is said in our words."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(_NO_LOG)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
