"""Ids that stay, and what is said of those that do not."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from beetsplug.mir.clusters.matching import changes, match


def arrays(*lists):
    return tuple(np.array(values) for values in lists)


def test_the_first_time_labels_are_the_ids():
    labels, old = arrays([2, 1, 2], [0, 0, 0])

    assert match(labels, old).tolist() == [2, 1, 2]


def test_renumbered_clusters_keep_their_ids():
    labels, old = arrays([1, 1, 2, 2, 3], [5, 5, 9, 9, 2])

    assert match(labels, old).tolist() == [5, 5, 9, 9, 2]


def test_a_new_cluster_gets_the_lowest_free_id():
    labels, old = arrays([1, 1, 1, 2, 3, 3], [2, 2, 2, 2, 0, 0])

    assert match(labels, old).tolist() == [2, 2, 2, 1, 3, 3]


def test_the_id_of_a_cluster_that_is_gone_does_not_mean_other_music_at_once():
    old = np.repeat([1, 2, 3], [6, 5, 10])
    labels = np.repeat([1, 1, 2, 3], [6, 5, 5, 5])

    ids = match(labels, old)

    assert sorted(set(ids.tolist())) == [1, 3, 4]
    told = str(changes(ids, old))
    assert "cluster 3 split into 3 and 4" in told
    assert "cluster 2 merged into 1" in told


def test_the_id_of_a_cluster_of_other_tracks_is_not_given_away():
    labels, old = arrays([1, 1, 2, 2, 3, 3], [10, 10, 10, 11, 11, 11])

    assert match(labels, old, {1, 2, 4, 10, 11}).tolist() == [10, 10, 3, 3, 11, 11]


def test_the_assignment_is_the_best_over_all_clusters():
    """One after the other, cluster 1 would take the old id 1 and leave 2 with nothing."""
    labels, old = arrays([1] * 5 + [2] * 4, [1] * 3 + [2] * 2 + [1] * 4)

    assert (match(labels, old) == old).sum() == 6


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5)), min_size=1, max_size=40))
def test_matching_only_renames_and_never_keeps_less_than_doing_nothing(pairs):
    labels, old = arrays(*zip(*pairs, strict=True))

    ids = match(labels, old)

    assert len(set(zip(labels.tolist(), ids.tolist(), strict=True))) == len(set(labels))
    assert len(set(ids)) == len(set(labels))
    assert (ids > 0).all()
    kept = ((ids == old) & (old > 0)).sum()
    assert kept >= ((labels == old) & (old > 0)).sum()


def test_a_split_a_merger_and_new_tracks_are_told():
    old = np.repeat([7, 3, 4, 0], [10, 6, 5, 2])
    ids = np.repeat([7, 17, 3, 3, 3], [6, 4, 6, 5, 2])

    told = changes(ids, old)

    assert told.n_moved == 9
    assert str(told) == (
        "9 tracks moved, 2 are new, cluster 7 split into 7 and 17, cluster 4 merged into 3"
    )


def told(*rows):
    """Return what is said of so many tracks that went from an old cluster to a new one."""
    old, ids, n_tracks = zip(*rows, strict=True)
    return str(changes(np.repeat(ids, n_tracks), np.repeat(old, n_tracks)))


def test_where_nothing_of_the_old_is_left_nothing_split_or_merged():
    assert told((7, 9, 5), (4, 9, 3)) == "8 tracks moved"


def test_a_new_cluster_split_from_where_most_of_its_tracks_were():
    assert "cluster 2 split into 2 and 9" in told((1, 1, 9), (2, 2, 9), (1, 9, 3), (2, 9, 5))
    assert "cluster 1 split into 1 and 9" in told((1, 1, 9), (2, 2, 9), (1, 9, 4), (2, 9, 4))
    assert "cluster 1 split into 1 and 9" in told((1, 1, 9), (1, 9, 2), (0, 9, 5))


def test_all_that_a_cluster_split_into_is_listed():
    assert "cluster 7 split into 7, 8 and 9" in told((7, 7, 5), (7, 8, 3), (7, 9, 3))
    assert "clusters 3, 4 and 5 merged into 7" in told(
        (7, 7, 5), (3, 7, 1), (4, 7, 1), (5, 7, 1)
    )


def test_no_change_is_told_too():
    ids = np.array([1, 2, 2])

    assert str(changes(ids, ids)) == "no track moved"
