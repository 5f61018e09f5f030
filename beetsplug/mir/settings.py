"""The configuration section `mir:`: defaults, the command line over it, and what is valid."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, NamedTuple

import beets
import confuse
from beets.ui import UserError
from beets.util import bytestring_path

from .names import CLASSIC, DIMS, ENCODINGS, FEATURE_SETS, METHODS, N_VALUES, NETWORK

if TYPE_CHECKING:
    from beets.logging import BeetsLogger

    from .library.mpd import Server
    from .library.playlists import Style

AUTO = "auto"

OUTSIDE = ("skip", "absolute")

NEIGHBOURS, PCA = "neighbours", "pca"
PLANES = (NEIGHBOURS, PCA)

DEFAULTS: dict[str, Any] = {
    # import
    "auto": False,
    # mirextract
    "threads": os.cpu_count() or 1,
    "scheduler": None,  # of Dask: an address, or local
    "path_map": {},  # from folders here to where the scheduler's workers see them
    "security": {},  # TLS: ca_file, cert, key
    "excerpt": 60,
    "network": True,
    "force": False,
    "retry": False,
    "limit": None,
    "playlist": None,
    "quiet": False,
    # mircluster
    "encoding": "pca",
    "features": AUTO,
    "dims": None,  # DIMS of the feature set
    "method": "kmeans",
    "clusters": 16,  # or auto
    "min_size": AUTO,  # tracks of a cluster: 8, fewer in small libraries; 0 for any
    "max_size": AUTO,  # three times the mean, at most 40 % of the library; 0 for any
    "epochs": 2000,
    "genre_bias": 0.0,
    "random_state": 0,
    "by": "genre",
    "per_artist": None,  # tracks of one artist in a playlist
    "length": None,  # of a playlist, such as 2h
    "playlist_dir": None,  # smartplaylist's, or `playlists` in beets' configuration folder
    "relative_to": None,  # smartplaylist's, or the music directory
    "playlist_name": "mir-$cluster",
    "playlist_outside": "skip",  # tracks outside relative_to; or absolute
    "playlist_format": "m3u",
    "extended": False,  # with titles and lengths
    # mirradio, mirpath
    "drift": 0.3,
    "spacing": 5,
    # mirfollow, beside these
    "ahead": 5,
    "fresh": "8h",  # or 90m, 2d; 0: what is in the queue alone counts
    # mirplot
    "out_dir": None,  # `mir-plots` in beets' configuration folder
    "format": "svg",
    "map": False,
    "map_links": False,
    "map_plane": NEIGHBOURS,
    # mircluster, mirplot
    "cached": False,  # values of any version
    # all
    "pretend": False,
}


_MOST_PORT = 2**16 - 1
_TLS_FILES = ("ca_file", "cert", "key")
_SOCKETS = ("/", "~", "@")  # what a host starts with that is one

_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "min": 60.0, "s": 1.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?\s*(?:min|[dhms])\s*)+")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(min|[dhms])")

_MOST = 2**31 - 100  # some are added to a random state


class Number(confuse.Template[float]):
    """A number between two bounds; a *whole* one, or any."""

    def __init__(
        self, low: float, high: float = _MOST, *, whole: bool = True, name: str = ""
    ) -> None:
        super().__init__()
        self._low, self._high = low, high
        self._kinds = (int,) if whole else (int, float)
        self._name = name or ("whole number" if whole else "number")

    def convert(self, value: object, view: confuse.ConfigView) -> float:
        """Return the number, or fail with beets' configuration error."""
        if isinstance(value, bool) or not isinstance(value, self._kinds):
            self.fail(f"must be a {self._name}, not {value!r}", view, True)
        if not value >= self._low:
            self.fail(f"must be at least {self._low}, not {value}", view)
        if value > self._high:
            self.fail(f"must be at most {self._high}, not {value}", view)
        return value


class Duration(confuse.Template[float]):
    """A length of time such as 2h, 90m or 1h30m, in seconds; 0 is none."""

    def convert(self, value: object, view: confuse.ConfigView) -> float:
        """Return the seconds, or fail with beets' configuration error."""
        text = str(value).strip().lower()
        if text == "0":
            return 0.0
        if isinstance(value, bool) or not _DURATION.fullmatch(text):
            self.fail(f"must be a length of time such as 2h or 90m, not {value!r}", view, True)
        return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


class NumberOrAuto(confuse.Template["float | None"]):
    """A whole number of at least some, or `auto`, which is None."""

    def __init__(self, low: float) -> None:
        super().__init__()
        self._number = Number(low, name="whole number or auto")

    def convert(self, value: object, view: confuse.ConfigView) -> float | None:
        """Return the number or None, or fail with beets' configuration error."""
        if value == AUTO:
            return None
        from_the_command_line = isinstance(value, str) and value.isdecimal()
        return self._number.convert(int(str(value)) if from_the_command_line else value, view)


class Study(NamedTuple):
    """What `mircluster` is to do, all of it valid."""

    features: str  # a feature set, or auto until it is known which
    encoding: str
    dims: int | None  # None: as many as suit the feature set
    method: str
    n_clusters: int | None  # None: to be chosen
    epochs: int
    genre_bias: float
    random_state: int
    min_size: int | None = None  # of a cluster, 0 for any; None: what suits
    max_size: int | None = None
    cached: bool = False  # values of any version will do

    @property
    def n_dims(self) -> int:
        """How many dimensions the encoding is to have (UserError if that cannot be)."""
        most = N_VALUES[self.features]
        of_set = DIMS[CLASSIC if self.encoding == "autoencoder" else self.features]
        dims = self.dims or of_set
        if dims > most:
            raise UserError(f"cannot make {dims} dimensions of {most} features")
        return dims


def read_study(config: confuse.ConfigView) -> Study:
    """Return the settings of a clustering, or fail with beets' configuration error."""
    study = Study(
        config["features"].get(confuse.Choice((AUTO, *FEATURE_SETS))),
        config["encoding"].get(confuse.Choice(ENCODINGS)),
        None if config["dims"].get() is None else count(config, "dims", 1),
        config["method"].get(confuse.Choice(METHODS)),
        count_or_auto(config, "clusters", 2),
        count(config, "epochs", 1),
        float(config["genre_bias"].get(Number(0, 1, whole=False))),
        count(config, "random_state", 0),
        count_or_auto(config, "min_size", 0),
        count_or_auto(config, "max_size", 0),
        bool(config["cached"].get(bool)),
    )
    largest = NETWORK if study.features == AUTO else study.features
    _ = study._replace(features=largest).n_dims  # what can never be is told at once
    if study.max_size and (study.min_size or 0) > study.max_size:
        raise UserError(f"min_size: {study.min_size} is more than max_size: {study.max_size}")
    return study


def features(config: confuse.ConfigView) -> str | None:
    """Return the feature set that is asked for; None for the library's best."""
    name = str(config["features"].get(confuse.Choice((AUTO, *FEATURE_SETS))))
    return None if name == AUTO else name


def leave_out_what_is_no_section(name: str, log: BeetsLogger) -> None:
    """Take a section of beets' configuration that holds no settings for one that is not there.

    By itself one without any, such as `mir:` before lines that are all comments, would keep
    the plugin from being loaded.
    """
    for source in beets.config.sources:
        section = source.get(name, {})
        if isinstance(section, dict):
            continue
        del source[name]
        if section is not None:
            log.warning("{}: `{}:` holds no settings and is left out", source.filename, name)


def overlay(config: confuse.ConfigView, opts: object) -> None:
    """Let the options that were given on the command line win over the configuration.

    Those that are no settings stay out of it.
    """
    given = {name: value for name, value in vars(opts).items() if value is not None}
    config.set({name: value for name, value in given.items() if name in DEFAULTS})


def count(config: confuse.ConfigView, name: str, low: int) -> int:
    """Return a setting that is a whole number of at least *low*."""
    return int(config[name].get(Number(low)))


def count_or_auto(config: confuse.ConfigView, name: str, low: int) -> int | None:
    """Return a setting that is a whole number of at least *low*, or None for `auto`."""
    number = config[name].get(NumberOrAuto(low))
    return None if number is None else int(number)


def fresh(config: confuse.ConfigView) -> float:
    """Return for how many seconds a track that was played does not come again; 0: at once."""
    return float(config["fresh"].get(Duration()))


def folder(view: confuse.ConfigView, *, default: str) -> Path:
    """Return a setting that is a folder; unset, it is *default* in beets' own folder."""
    if _is_set(view):
        return Path(view.as_filename())
    return Path(beets.config.config_dir()) / default


def scheduler(config: confuse.ConfigView) -> str | None:
    """Return the address of the scheduler whose workers analyse; None for this machine."""
    view = config["scheduler"]
    if view.get() is None or view.get() is False:  # YAML's `no`
        return None
    address = view.as_str().strip()
    return None if address in ("", "none", "no") else address


def path_map(config: confuse.ConfigView) -> dict[bytes, bytes]:
    """Return folders here and where the workers of a scheduler see them."""
    view = config["path_map"]
    found: dict[bytes, bytes] = {}
    for here, there in _pairs(view).items():
        if not isinstance(here, str) or not isinstance(there, str) or "\0" in here + there:
            raise confuse.ConfigValueError(f"{view.name}: {here!r}: {there!r}: are no folders")
        folder = os.path.expanduser(here)
        if not os.path.isabs(folder) or not _is_whole(there):
            raise confuse.ConfigValueError(
                f"{view.name}: {here}: {there}: must be whole paths, such as /srv/music"
            )
        folder = os.path.normpath(folder)
        key = os.fsencode(folder)
        if found.setdefault(key, os.fsencode(there)) != os.fsencode(there):
            raise confuse.ConfigValueError(f"{view.name}: {folder}: leads to two folders")
    return found


def security(config: confuse.ConfigView) -> dict[str, str]:
    """Return the files by which a scheduler and this process know each other, if there are."""
    view = config["security"]
    given = _pairs(view)
    if odd := set(given) - set(_TLS_FILES):
        raise confuse.ConfigValueError(
            f"{view.name}: {', '.join(map(str, odd))}: must be {', '.join(_TLS_FILES)}"
        )
    files = {name: view[name].as_filename() for name in _TLS_FILES if _is_set(view[name])}
    if files and (lacking := {"ca_file", "cert"} - set(files)):
        raise confuse.ConfigValueError(f"{view.name}: {', '.join(sorted(lacking))}: is missing")
    return files


def _pairs(view: confuse.ConfigView) -> dict[object, object]:
    return dict(view.get(dict)) if _is_set(view) else {}


def _is_whole(path: str) -> bool:
    """Say whether a path is absolute on some machine."""
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()


def map_plane(config: confuse.ConfigView) -> str:
    """Return what the map in 2-D is: a plane of neighbours, or principal components."""
    return str(config["map_plane"].get(confuse.Choice(PLANES)))


def network_file() -> Path:
    """Return where the weights of the trained network are kept."""
    return Path(beets.config.config_dir()) / "mir-network.bin"


def playlist_dir(config: confuse.ConfigView) -> Path:
    """Return where playlists go: our setting, or smartplaylist's, or beets' own folder."""
    return folder(_ours_or_smartplaylists(config, "playlist_dir"), default="playlists")


def relative_to(config: confuse.ConfigView) -> bytes:
    """Return what playlist entries are relative to: as above, or the music directory."""
    view = _ours_or_smartplaylists(config, "relative_to")
    view = view if _is_set(view) else beets.config["directory"]
    return bytestring_path(view.as_filename())


def per_artist(config: confuse.ConfigView) -> int | None:
    """Return how many tracks of one artist a playlist has at most; None for any number."""
    if not _is_set(config["per_artist"]):
        return None
    return count(config, "per_artist", 0) or None


def length(config: confuse.ConfigView) -> float | None:
    """Return how many seconds a playlist is to last; None for as long as it is."""
    if not _is_set(config["length"]):
        return None
    return float(config["length"].get(Duration())) or None


def playlist_style(config: confuse.ConfigView) -> Style:
    """Return how playlists are written."""
    from .library.formats import FORMATS
    from .library.playlists import Style

    return Style(
        relative_to(config),
        absolute=config["playlist_outside"].get(confuse.Choice(OUTSIDE)) == "absolute",
        form=str(config["playlist_format"].get(confuse.Choice(list(FORMATS)))),
        extended=bool(config["extended"].get(bool)),
    )


def mpd_server() -> Server:
    """Return the MPD of beets' section `mpd:`, or fail with beets' configuration error.

    What is not set there is $MPD_HOST or $MPD_PORT, as with mpdstats and mpdupdate. A host
    may be `password@host`, as mpc takes it, but `mpd.password` wins.
    """
    from .library.mpd import Server

    section = beets.config["mpd"]
    password, host = _password_and_host(_mpd_host())
    if _is_set(section["password"]):
        password = section["password"].as_str() or password
    port = section["port"] if _is_set(section["port"]) else _port_of_the_environment()
    return Server(host or "localhost", int(port.get(Number(1, _MOST_PORT))), password)


def redact_mpd() -> None:
    """Keep MPD's password out of what `beet config` shows, and a host that holds one."""
    section = beets.config["mpd"]
    section["password"].redact = True
    try:
        password, _ = _password_and_host(_mpd_host())
    except confuse.ConfigError:  # told when the section is needed
        section.redact = True  # in what cannot be read a password may be anywhere
    else:
        if password:  # $MPD_HOST, too: mpdstats and mpdupdate make it a setting
            section["host"].redact = True


def _mpd_host() -> str:
    view = beets.config["mpd"]["host"]
    return (view.as_str() if _is_set(view) else "") or os.environ.get("MPD_HOST", "")


def _port_of_the_environment() -> confuse.ConfigView:
    """Return $MPD_PORT as if it were a setting of this name."""
    text = os.environ.get("MPD_PORT") or "6600"
    port = int(text) if text.isdecimal() else text
    return confuse.RootView([confuse.ConfigSource({"MPD_PORT": port})])["MPD_PORT"]


def _password_and_host(host: str) -> tuple[str, str]:
    """Take `password@host` apart; a host that starts like a socket has no password."""
    if "@" not in host or host.startswith(_SOCKETS):
        return "", host
    password, name = host.split("@", 1)
    if not name.startswith(_SOCKETS):  # no name has an @, but a password may
        password, name = host.rsplit("@", 1)
    return password, name


def _ours_or_smartplaylists(config: confuse.ConfigView, name: str) -> confuse.ConfigView:
    theirs = beets.config["smartplaylist"][name]
    return theirs if _is_chosen(theirs) and not _is_set(config[name]) else config[name]


def _is_chosen(theirs: confuse.ConfigView) -> bool:
    """Say whether a user set this: by itself smartplaylist writes to the current folder."""
    if not _is_set(theirs):
        return False
    value, source = theirs.first()
    return source.filename is not None or str(value) != "."


def _is_set(view: confuse.ConfigView) -> bool:
    return view.exists() and view.get() is not None
