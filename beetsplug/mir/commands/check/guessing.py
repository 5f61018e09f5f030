"""What the neighbours of tracks say of their genres, beside what is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...clusters import voting
from ...ground.progress import Progress
from ...ground.stages import stage
from ...library.genres import read_genres
from ...space.similarity import Others, neighbours_of_all

if TYPE_CHECKING:
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ...clusters.voting import Poll
    from ...library.genres import Genres
    from ...queries.alike import Surroundings


class NothingLearntError(Exception):
    """Why nothing can be said of genres, in a line for the user."""


class Guess(NamedTuple):
    """What the neighbours of a track say, by the ids of items."""

    id: int
    known: tuple[str, ...]  # the genres that it has
    genre: str  # which most of its neighbours bear, by their weights
    confidence: float
    n_for: int  # neighbours that bear it
    n_voters: int
    example: int  # the nearest of those that bear it


@dataclass(frozen=True)
class Survey:
    """Tracks whose neighbours were asked, and what these say; arrays of (n_asked,)."""

    found: Surroundings
    known: Genres
    rows: NDArray[np.int64]
    neighbours: NDArray[np.int64]  # (n_asked, n_voters), by rows
    votes: NDArray[np.int64]  # (n_asked, n_voters)
    poll: Poll
    chosen: NDArray[np.bool_]  # these the user asks for
    confidences: NDArray[np.float64]

    @property
    def own(self) -> list[tuple[int, ...]]:
        """The genres that each has."""
        return [self.known.numbers[row] for row in self.rows]

    @property
    def has_genre(self) -> NDArray[np.bool_]:
        """Say of each whether it has a genre, in the library or in its file."""
        return self.known.first[self.rows] >= 0

    @property
    def is_heard(self) -> NDArray[np.bool_]:
        """Say of each whether there are enough neighbours to say something."""
        return self.poll.genres >= 0

    @property
    def n_known(self) -> int:
        """How many of the chosen have a genre."""
        return int((self.chosen & self.has_genre).sum())

    @property
    def n_missing(self) -> int:
        """How many have none."""
        return int((self.chosen & ~self.has_genre).sum())

    @property
    def n_unheard(self) -> int:
        """How many of these have too few neighbours for anything to be said."""
        return int((self.chosen & ~self.has_genre & ~self.is_heard).sum())

    def wrong(self, least: float) -> list[Guess]:
        """Return those none of whose genres a neighbour bears, if these are so confident."""
        return self._guesses(self._sure(least) & voting.stands_alone(self.votes, self.own))

    def missing(self, least: float) -> list[Guess]:
        """Return those without a genre of whose neighbours the confidence is so large."""
        return self._guesses(self._sure(least) & ~self.has_genre)

    def _sure(self, least: float) -> NDArray[np.bool_]:
        return self.chosen & self.is_heard & (self.confidences >= least)

    def _guesses(self, chosen: NDArray[np.bool_]) -> list[Guess]:
        """Return what is said of some, the most confident first."""
        places = np.flatnonzero(chosen)
        places = places[np.argsort(-self.confidences[places], kind="stable")]
        return [self._guess(place) for place in places.tolist()]

    def _guess(self, place: int) -> Guess:
        row, poll, ids = self.rows[place], self.poll, self.found.sounds.ids
        return Guess(
            int(ids[row]),
            self.known.texts[row],
            self.known.names[poll.genres[place]],
            float(self.confidences[place]),
            int(poll.n_for[place]),
            int(poll.n_voters[place]),
            int(ids[self.neighbours[place, poll.examples[place]]]),
        )


def survey(
    lib: Library,
    found: Surroundings,
    chosen: NDArray[np.bool_],
    log: BeetsLogger,
    *,
    with_genre: bool = True,
    without: bool = True,
) -> Survey:
    """Return what the neighbours of the tracks that are *chosen* say.

    Of those *with_genre* and of those *without*, as far as these are wanted. Raises
    NothingLearntError if the library does not tell how often neighbours are right.
    """
    known = read_genres(lib, found.sounds.ids.tolist())
    first = known.first
    _check(known, first)
    chosen = chosen & np.where(first >= 0, with_genre, without)
    drawn = _drawn(first)
    rows = np.flatnonzero(chosen | drawn)
    neighbours, distances = _neighbours(found, known, rows, log)
    votes = np.where(neighbours >= 0, first[neighbours], -1)
    poll = voting.poll(votes, distances)
    own = [known.numbers[row] for row in rows]
    confidences = _confidences(poll, own, drawn[rows], log)
    return Survey(found, known, rows, neighbours, votes, poll, chosen[rows], confidences)


def _neighbours(
    found: Surroundings, known: Genres, rows: NDArray[np.int64], log: BeetsLogger
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the neighbours of other artists that have a genre, (n_rows, n_voters)."""
    asked = np.zeros(len(found.sounds), np.bool_)
    asked[rows] = True
    with stage(log, "asking neighbours") as did, Progress(len(rows)) as progress:
        neighbours, distances = neighbours_of_all(
            found.space, voting.N_VOTERS, found.same,
            among=known.first >= 0, asked=asked, on_rows=progress.advance,
            others=Others(_makers(found, known), voting.OF_ONE_MAKER),
        )  # fmt: skip
        did(f"{len(rows)} tracks")
    return neighbours[rows], distances[rows]


def _check(known: Genres, first: NDArray[np.int64]) -> None:
    of_tracks = np.unique(first[first >= 0])
    if not len(of_tracks):
        raise NothingLearntError("no track has a genre to learn from")
    if len(of_tracks) == 1:
        raise NothingLearntError(
            f"all tracks with a genre are {known.names[of_tracks[0]]}: there is no other"
        )


def _drawn(first: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of each track whether it is one of those that tell how often neighbours are right.

    They are the same whatever the user asks for.
    """
    known = np.flatnonzero(first >= 0)
    drawn = np.zeros(len(first), np.bool_)
    drawn[np.random.default_rng(0).permutation(known)[: voting.MOST_KNOWN]] = True
    return drawn


def _makers(found: Surroundings, known: Genres) -> NDArray[np.int64]:
    """Return who each track is by: its artist; an album's tracks without one are by one."""
    artists, albums = found.sounds.artists, known.albums
    return np.where((artists < 0) & (albums >= 0), artists.max() + 1 + albums, artists)


def _confidences(
    poll: Poll, own: list[tuple[int, ...]], drawn: NDArray[np.bool_], log: BeetsLogger
) -> NDArray[np.float64]:
    """Return how often polls like these are right, by those whose genre is known."""
    tells = drawn & (poll.genres >= 0)
    if tells.sum() < voting.LEAST_KNOWN:
        raise NothingLearntError(
            f"{tells.sum()} tracks have a known genre and {voting.LEAST_VOTERS} neighbours of"
            f" other artists that have one; {voting.LEAST_KNOWN} are needed to tell how often"
            " neighbours are right"
        )
    right = voting.bears(poll.genres, own)[tells]
    log.debug("of {} known genres neighbours tell {:.0%}", len(right), right.mean())
    return voting.calibrate(poll.shares[tells], right).confidence(poll.shares)
