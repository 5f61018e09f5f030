"""`sounds:mellow`: the tracks that sound most like a word, or a range of percentiles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from beets.dbcore.query import FieldQuery, InvalidQueryArgumentValueError
from beets.ui import UserError

from .. import settings
from ..ground.text import printable
from ..names import NETWORK
from .words import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from beets.dbcore.query import SQLiteType
    from beets.library import Library
    from numpy.typing import NDArray

    from .ranking import Ranking

_DIGITS = 6


class SoundsQuery(FieldQuery[str]):
    """Tracks by the network's tags: "mellow", "jazz ^sad", "happy:60..80"."""

    library: Library | None = None
    """That which `beet` has opened: beets tells a query of none."""

    def __init__(self, field_name: str, pattern: str, fast: bool = True) -> None:
        super().__init__(field_name, pattern, fast)
        self._ranking: Ranking | None = None
        try:
            self._wish = parse(pattern)
        except ValueError as exc:
            raise InvalidQueryArgumentValueError(
                printable(pattern), "a sound", printable(str(exc))
            ) from exc

    def clause(self) -> tuple[str | None, Sequence[SQLiteType]]:
        """Return the SQL condition; without a library each item is asked."""
        if self.library is None:
            return None, ()
        from ..library.sounding import read_sounds

        sounds = read_sounds(self.library, NETWORK)
        found = sounds.ids[self._matches(self.library, _odds(sounds.values))].tolist()
        return "items.id IN (SELECT value FROM json_each(?))", [json.dumps(found)]

    def match(self, obj: Any) -> bool:
        """Say whether an item matches (smartplaylist asks item by item)."""
        from ..library.values import heard_of

        values = heard_of(obj)
        lib = obj._db or self.library
        return bool(len(values) and lib and self._matches(lib, _odds(values))[0])

    def _matches(self, lib: Library, odds: NDArray[np.float64]) -> NDArray[np.bool_]:
        import numpy as np

        from ..library.sounding import read_sounds
        from .ranking import rank

        if self._ranking is None:
            of_all = _odds(read_sounds(lib, NETWORK).values)
            if not len(of_all):
                return np.zeros(len(odds), np.bool_)
            self._ranking = rank(of_all, self._wish)
        return self._ranking.matches(odds, self._wish)


def _odds(values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return what the network's last layer makes of its values.

    Rounded, since a product of one row can differ from that of many by a last bit.
    """
    import numpy as np

    from ..sound.network import weights

    try:
        network = weights.load(settings.network_file())
    except weights.WeightsError as exc:
        missing = isinstance(exc, weights.NoPackageError)
        advice = f" ({weights.HOW_TO_GET})" if missing else ""
        raise UserError(f"sounds: {exc}{advice}") from exc
    return np.round(network.tags(values.astype(np.float64)), _DIGITS)
