"""`beet mirfollow`: MPD's queue goes on from what is playing, as long as it plays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from beets import ui

from ... import settings

if TYPE_CHECKING:
    import confuse
    from beets.library import Library
    from beets.logging import BeetsLogger

    from ...library.mpd import Server
    from .course import Wishes
    from .follower import Follower
    from .voice import Voice


class FollowCLIOpts(Protocol):
    """The options that are no settings."""

    within: str | None


def command(config: confuse.ConfigView, log: BeetsLogger) -> ui.Subcommand:
    """Declare the command."""
    cmd = ui.Subcommand("mirfollow", help="keep MPD's queue filled from what is playing")
    add = cmd.parser.add_option
    add("-n", type="int", dest="ahead", metavar="N", help="tracks to come (default: 5)")
    add("--within", metavar="QUERY", help="only tracks that match")
    add("--spacing", type="int", metavar="N", help="tracks between two of one artist")
    add("--drift", type="float", metavar="X", help="0 stays near, 1 wanders off")
    add("--fresh", metavar="TIME", help="nothing that was played in it (default: 8h; 0: off)")
    add("-F", "--features", metavar="SET", help="classic, network, or auto")
    add("-p", "--pretend", action="store_true", help="say what it would add now, and stop")
    add("-q", "--quiet", action="store_true", help="say only what goes wrong")

    def func(lib: Library, opts: FollowCLIOpts, args: list[str]) -> None:
        settings.overlay(config, opts)
        run(lib, args, opts, config, log)

    cmd.func = func
    return cmd


def run(
    lib: Library,
    query: list[str],
    opts: FollowCLIOpts,
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    """Follow MPD until somebody stops it; or say once what that would add."""
    server, wishes = settings.mpd_server(), _wishes(config)
    from .collection import Collection
    from .follower import Follower
    from .voice import Voice

    collection = Collection(lib, opts.within, config, log)
    seeds = collection.wanted(query)
    voice = Voice(log, quiet=config["quiet"].get(bool))
    follower = Follower(collection, seeds, wishes, voice)
    if config["pretend"].get(bool):
        _ask(server, follower)
    else:
        _attend(server, follower, voice)


def _wishes(config: confuse.ConfigView) -> Wishes:
    """Return what the settings say, or fail with beets' configuration error."""
    from .course import Wishes

    return Wishes(
        settings.count(config, "ahead", 1),
        settings.fresh(config),
        float(config["drift"].get(settings.Number(0, 1, whole=False))),
        settings.count(config, "spacing", 0),
    )


def _attend(server: Server, follower: Follower, voice: Voice) -> None:
    """React to MPD until a signal ends it; UserError if MPD does not let us in."""
    from ...library.mpd import QueueError
    from ...library.player import attend

    try:
        attend(server, follower.react, voice.warn)
    except QueueError as exc:
        raise ui.UserError(str(exc)) from exc
    except KeyboardInterrupt:  # how it is meant to end
        follower.sum_up()


def _ask(server: Server, follower: Follower) -> None:
    """React once, and change nothing."""
    from ...library.mpd import QueueError, connected
    from ...library.player import Onlooker

    try:
        with connected(server) as client:
            follower.react(Onlooker(client))
    except QueueError as exc:
        raise ui.UserError(str(exc)) from exc
