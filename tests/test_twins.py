"""Who sounds the same, found by trees, and as each held against each says it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from beetsplug.mir.space.similarity import SAME_SECONDS, sounds_the_same, space_of
from beetsplug.mir.space.twins import twins

LENGTHS = st.one_of(
    st.floats(0, 20),
    st.sampled_from([0.0, SAME_SECONDS, 2 * SAME_SECONDS, 4 * SAME_SECONDS, 1e9, 1e300]),
)


@given(
    seconds=st.lists(LENGTHS, min_size=60, max_size=60),
    seed=st.integers(0, 99),
    n_lost=st.integers(0, 2),
)
def test_they_are_those_of_each_against_each(seconds, seed, n_lost):
    """Four of each, some of them about as far apart as the same recording may be."""
    random = np.random.default_rng(seed)
    Z = np.repeat(random.standard_normal((15, 3)), 4, axis=0)
    Z += random.uniform(0, 0.2) * random.standard_normal(Z.shape)
    lost = random.permutation(len(Z))[: min(n_lost, len(Z) - 1)]
    space = space_of(np.delete(Z, lost, axis=0))  # breadths are of what is known
    space = space_of(Z, sample=space.sample)
    space.Z[lost] = np.nan
    rows = random.permutation(len(Z))
    among = rows[: max(1, len(rows) // 2)]
    lengths = np.array(seconds)

    for asked, found in ((None, twins(space, rows, lengths)),
                         (among, twins(space, rows, lengths, among))):  # fmt: skip
        others = rows if asked is None else asked
        for row, of_row in zip(rows, found, strict=True):
            expected = others[sounds_the_same(space, row, others, lengths)]
            assert sorted(of_row) == sorted(expected)


def test_of_more_than_are_asked_for_at_once_none_is_missed():
    """One of 500, then of 1,000, then of 2,000."""
    random = np.random.default_rng(0)
    Z = np.repeat(random.standard_normal((2200, 4)), 2, axis=0)
    seconds = np.repeat(random.uniform(0, 900, 2200), 2)
    rows = random.permutation(len(Z))
    partner = rows ^ 1

    found = list(twins(space_of(Z), rows, seconds))

    assert all(
        {row, other} <= set(of.tolist())
        for row, other, of in zip(rows.tolist(), partner.tolist(), found, strict=True)
    )
