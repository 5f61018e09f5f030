"""An MPD that runs: reached, asked for leave, and given tracks to the end of its queue."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mpd import CommandError, MPDClient

_PATIENCE = 10.0  # seconds for an answer
_KEPT_ALIVE = {
    "TCP_KEEPIDLE": 60,  # seconds of silence, after which it asks whether somebody is there
    "TCP_KEEPALIVE": 60,  # the same on macOS
    "TCP_KEEPINTVL": 15,  # seconds, after which it asks again
    "TCP_USER_TIMEOUT": 180_000,  # milliseconds without an answer, after which nobody is
}
_MOST_BYTES = 4095  # of a path on Linux; MPD hangs up on a line that its 8 KB do not hold
_SETTINGS = "mpd.host and mpd.port say where it is"
_OF_ONE_TRACK = ("NO_EXIST", "ARG", "SYSTEM", "PERMISSION")  # the others go on


class Server(NamedTuple):
    """Where an MPD listens, and the password that it wants; none is empty."""

    host: str  # a name or an address, or a socket: its path from / or ~, @ and its name
    port: int  # a socket has none
    password: str

    def __repr__(self) -> str:
        """Return what may stand in messages and logs: all but the password."""
        return f"Server({self.address})"

    @property
    def is_socket(self) -> bool:
        """Say whether it is a socket of this machine, not a port."""
        return self.host.startswith(("/", "~", "@"))

    @property
    def address(self) -> str:
        """How a user would write where it is."""
        if self.is_socket:
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class QueueError(Exception):
    """Why the tracks, or the rest of them, are not in the queue: a line for the user."""


class GoneError(QueueError):
    """That nothing answers, or not any more: it may later."""


class FullError(QueueError):
    """That no track more fits into the queue."""


class Added(NamedTuple):
    """What came of it: how many tracks are in the queue now, and those MPD does not know."""

    n_added: int
    unknown: list[str]
    known: str = ""  # what MPD calls a file named like the first of them; empty if it has none


def add_to_queue(server: Server, uris: Sequence[str]) -> Added:
    """Append each URI to the queue of MPD, in order; those that it does not know are told.

    A URI names one track: a path below MPD's music folder, a whole path if we come through
    a socket, or an address; never a folder. Raises QueueError; what was added before stays.
    """
    n_added, unknown = 0, []
    with connected(server) as client:
        for uri in uris:
            try:
                known = append(client, uri)
            except QueueError as exc:
                raise QueueError(f"{exc} after {n_added} of {len(uris)} tracks") from exc
            if known:
                n_added += 1
            else:
                unknown.append(uri)
        return Added(n_added, unknown, _namesake(client, unknown[0]) if unknown else "")


def _namesake(client: MPDClient, uri: str) -> str:
    """Return what MPD calls a file of the same name in another folder, empty if there is none.

    So it is where it may not be asked, too.
    """
    import mpd

    name = os.path.basename(uri)
    if not name or not _fits_a_line(name):
        return ""
    with open_line(), suppress(mpd.CommandError):
        found = (song["file"] for song in client.search("file", name) if "file" in song)
        return next((file for file in found if os.path.basename(file) == name), "")
    return ""


def append(client: MPDClient, uri: str) -> bool:
    """Append a URI to the queue, and say whether MPD knows it (QueueError)."""
    import mpd

    if not _fits_a_line(uri):
        return False
    with open_line():
        try:
            client.addid(uri)  # `add` would take a folder, too, and all music for ""
        except mpd.CommandError as exc:
            reason = _reason(exc)
            if reason == "PLAYLIST_MAX":
                raise FullError("MPD's queue is full (its max_playlist_length)") from exc
            if reason not in _OF_ONE_TRACK:
                raise
            return False
    return True


@contextmanager
def connected(server: Server) -> Iterator[MPDClient]:
    """Yield a client that may add to the queue (QueueError)."""
    import mpd

    client = mpd.MPDClient()
    client.timeout = _PATIENCE
    _connect(client, server)
    try:
        if not server.is_socket:
            _keep_alive(client)
        _get_leave(client, server)
        yield client
    finally:
        with suppress(OSError):  # something was still to be written to who is gone
            client.disconnect()


def _connect(client: MPDClient, server: Server) -> None:
    import mpd

    host = os.path.expanduser(server.host) if server.host.startswith("~") else server.host
    try:
        client.connect(host, server.port)
    except (mpd.ProtocolError, UnicodeDecodeError) as exc:
        raise QueueError(f"what is at {server.address} is no MPD: {_SETTINGS}") from exc
    except (socket.gaierror, ValueError) as exc:  # there is none, or there can be none
        kind = GoneError if isinstance(exc, socket.gaierror) else QueueError
        raise kind(
            f"the host {server.host} is not found ({_why(exc)}): mpd.host says where MPD is"
        ) from exc
    except OSError as exc:
        raise GoneError(
            f"no MPD answers at {server.address} ({_why(exc)}): does it run? {_SETTINGS}"
        ) from exc
    except mpd.ConnectionError as exc:
        raise GoneError(
            f"what is at {server.address} hangs up: no MPD, or one with no room for more"
            f" clients (its max_connections); {_SETTINGS}"
        ) from exc


def _keep_alive(client: MPDClient) -> None:
    """Let the system notice in some minutes that nobody is at the other end any more."""
    line = socket.socket(fileno=client.fileno())
    try:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEPT_ALIVE.items():
            if hasattr(socket, option):  # not every system has all
                line.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    finally:
        line.detach()  # it is the client's


def _why(exc: Exception) -> str:
    """Return what the system says of an error; of a timeout it has but Python's text."""
    return str(getattr(exc, "strerror", None) or exc)


def _get_leave(client: MPDClient, server: Server) -> None:
    """Give the password, if there is one; QueueError if that is not enough to add tracks."""
    import mpd

    with open_line():
        try:
            if server.password and not _fits_a_line(server.password):
                raise QueueError("mpd.password: has a line break, or is no UTF-8, or too long")
            if server.password:
                client.password(server.password)
        except mpd.CommandError as exc:
            if _reason(exc) != "PASSWORD":
                raise
            raise QueueError(
                f"the MPD at {server.address} takes another password than mpd.password"
            ) from exc
        if "addid" not in client.notcommands():
            return
    raise QueueError(
        f"mpd.password does not permit to add tracks to the MPD at {server.address}"
        if server.password
        else f"the MPD at {server.address} wants a password to add tracks: mpd.password"
    )


@contextmanager
def open_line() -> Iterator[None]:
    """Make QueueErrors of what goes wrong between us and an MPD that did answer."""
    import mpd

    try:
        yield
    except (OSError, mpd.ConnectionError) as exc:
        raise GoneError("MPD went away") from exc
    except (mpd.ProtocolError, ValueError, LookupError) as exc:  # no text, nothing of meaning
        raise GoneError("MPD gave an answer that is none of its protocol") from exc
    except mpd.CommandError as exc:
        raise QueueError(f"MPD refuses ({exc})") from exc


def _reason(exc: CommandError) -> str:
    """Return what MPD's protocol calls the number of an error; empty if it gave none."""
    return str(exc.errno.name) if exc.errno else ""


def _fits_a_line(text: str) -> bool:
    """Say whether MPD would read all of it as one word: not all can be quoted."""
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return b"\n" not in data and b"\0" not in data and len(data) <= _MOST_BYTES
