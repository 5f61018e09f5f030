"""`beet mircheck`: what is odd to the ear: genres, tracks without one, copies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from beets import ui
from beets.util import displayable_path

from ... import settings
from ...ground.stages import stage
from ...ground.terminal import say
from .. import around, sending
from . import modifying

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import confuse
    import numpy as np
    from beets.library import Item, Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ...queries.alike import Surroundings
    from .guessing import Guess, Survey

LEAST = 0.8
"""Confidence from which on something is said."""

PARTS = ("genres", "missing", "duplicates")

_AT_A_TIME = 500  # items in memory
_COPY = "$length $format $bitrate $path"


class CheckCLIOpts(modifying.ModifyingCLIOpts, Protocol):
    """The options that are no settings."""

    genres: bool | None
    missing: bool | None
    duplicates: bool | None
    least: float
    format: str | None
    apply: bool | None


def command(config: confuse.ConfigView, log: BeetsLogger) -> ui.Subcommand:
    """Declare the command."""
    cmd = ui.Subcommand("mircheck", help="find odd genres, missing ones and copies by sound")
    add = cmd.parser.add_option
    add("-F", "--features", metavar="SET", help="classic, network, or auto")
    add("--genres", action="store_true", help="only genres that sound wrong")
    add("--missing", action="store_true", help="only tracks that have no genre")
    add("--duplicates", action="store_true", help="only recordings that are there twice")
    add("--least", type="float", default=LEAST, metavar="C",
        help=f"say nothing below this confidence, 0 to 1 (default: {LEAST})")  # fmt: skip
    cmd.parser.add_format_option(target="item")
    add("--apply", action="store_true", help="give tracks the missing genres, asking first;"
        " with --genres other genres to those that sound wrong")  # fmt: skip
    add("-p", "--pretend", action="store_true", help="with --apply: show, change nothing")
    modifying.add_options(cmd)

    def func(lib: Library, opts: CheckCLIOpts, args: list[str]) -> None:
        _check(opts)
        settings.overlay(config, opts)
        run(lib, args, opts, config, log)

    cmd.func = func
    return cmd


def _check(opts: CheckCLIOpts) -> None:
    if not 0 <= opts.least <= 1:
        raise ui.UserError("--least has to be between 0 and 1")
    if not opts.apply:
        given = [
            text for name, text in modifying.OPTIONS.items() if getattr(opts, name) is not None
        ]
        if given:
            raise ui.UserError(f"{', '.join(given)}: belongs to --apply")
    elif opts.duplicates and not (opts.genres or opts.missing):
        raise ui.UserError("--apply changes genres; copies are removed by `beet rm id:...`")


def run(
    lib: Library,
    query: list[str],
    opts: CheckCLIOpts,
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    """Print what is odd, and change genres if asked."""
    pretend = config["pretend"].get(bool)
    given = [part for part in PARTS if getattr(opts, part)]
    parts = given or PARTS
    found = around.read(lib, config, log)
    chosen = _chosen(lib, found, query, log)
    changes: list[modifying.Change] = []
    if "genres" in parts or "missing" in parts:
        changes = _genres(lib, found, chosen, parts, opts, log)
    if "duplicates" in parts:
        _copies(lib, found, chosen, opts, log)
    if opts.apply:
        modifying.modify(lib, changes, opts, pretend=pretend)


def _chosen(
    lib: Library, found: Surroundings, query: Sequence[str], log: BeetsLogger
) -> NDArray[np.bool_]:
    """Say of each track whether it is to be checked, and say what cannot be."""
    from ...library.selection import matching

    ids = matching(lib, query)
    chosen = found.among(ids)
    if not ids:
        raise ui.UserError("no tracks match")
    if not chosen.any():
        raise ui.UserError(
            "none of the matching tracks is analysed: run `beet mirextract` first"
        )
    if chosen.sum() < len(ids):
        log.info("{} matching tracks are not analysed and left out", len(ids) - chosen.sum())
    return chosen


def _genres(
    lib: Library,
    found: Surroundings,
    chosen: NDArray[np.bool_],
    parts: Sequence[str],
    opts: CheckCLIOpts,
    log: BeetsLogger,
) -> list[modifying.Change]:
    """Print what the neighbours say of genres; return what of it is to be applied."""
    from . import guessing

    try:
        survey = guessing.survey(
            lib, found, chosen, log,
            with_genre="genres" in parts, without="missing" in parts,
        )  # fmt: skip
    except guessing.NothingLearntError as exc:
        say(f"Genres: nothing to say: {exc}")
        return []
    changes: list[Guess] = []
    if "genres" in parts:
        wrong = survey.wrong(opts.least)
        say(f"Genres that sound wrong: {len(wrong)} of {survey.n_known}")
        _tell(lib, wrong, _is_wrong, opts)
        if opts.genres:
            changes += wrong
        elif opts.apply and wrong:
            say("  --apply leaves these as they are, unless --genres is given, too")
    if "missing" in parts:
        missing = survey.missing(opts.least)
        say(f"Genres for tracks without one: {_counted(survey, len(missing), opts.least)}")
        _tell(lib, missing, _is_missing, opts)
        changes += missing
    return [
        modifying.Change(guess.id, [guess.genre, *guess.known[1:]], "".join(guess.known[:1]))
        for guess in changes
    ]


def _counted(survey: Survey, n_told: int, least: float) -> str:
    n_below = survey.n_missing - survey.n_unheard - n_told
    text = f"{n_told} of {survey.n_missing}"
    text += f", {n_below} below {least:g}" if n_below else ""
    return text + f", {survey.n_unheard} with too few neighbours" * bool(survey.n_unheard)


def _is_wrong(guess: Guess, example: str) -> str:
    neighbours = f"{guess.n_for} of {guess.n_voters} neighbours of other artists"
    return (
        f"{', '.join(guess.known)}; {neighbours} are {guess.genre}, such as {example}"
        f" ({_rounded(guess)})"
    )


def _is_missing(guess: Guess, example: str) -> str:
    return f"{guess.genre} ({_rounded(guess)})"


def _rounded(guess: Guess) -> str:
    """Return the confidence with two digits, of which none says that it is certain."""
    return f"{min(guess.confidence, 0.99):.2f}"


def _tell(
    lib: Library,
    guesses: Sequence[Guess],
    told: Callable[[Guess, str], str],
    opts: CheckCLIOpts,
) -> None:
    """Print what is said of tracks, a line each."""
    for start in range(0, len(guesses), _AT_A_TIME):
        some = guesses[start : start + _AT_A_TIME]
        ids = {id_ for guess in some for id_ in (guess.id, guess.example)}
        shown = {item.id: _shown(item, opts) for item in sending.items_of(lib, [*ids])}
        for guess in some:
            if guess.id in shown:
                example = shown.get(guess.example, "")
                say(f"  {shown[guess.id]}: {told(guess, example)}")


def _copies(
    lib: Library,
    found: Surroundings,
    chosen: NDArray[np.bool_],
    opts: CheckCLIOpts,
    log: BeetsLogger,
) -> None:
    """Print the recordings that are there more than once, if one of the tracks is chosen."""
    from ...ground.progress import Progress
    from ...space.copies import copies

    with stage(log, "comparing") as did, Progress(len(chosen)) as progress:
        groups = copies(found.space, found.same, progress.advance)
        did(f"{len(groups)} recordings more than once")
    groups = [group for group in groups if chosen[group.rows].any()]
    say(f"Recordings that are there more than once: {len(groups)}")
    for group in groups:
        items = sending.items_of(lib, found.sounds.ids[group.rows].tolist())
        items.sort(key=lambda item: -item.bitrate)
        up_to = "up to " * (len(items) > 2)
        by = " and ".join(group.by)
        say(f"  {_shown(items[0], opts)}: the same {by}, {up_to}{group.apart:.2f} apart")
        for item in items:
            say(f"      {format(item, _COPY)}")


def _shown(item: Item, opts: CheckCLIOpts) -> str:
    """Return how a track is called: of one without a title its path says more."""
    if item.title or opts.format is not None:
        return format(item)
    return displayable_path(item.path)
