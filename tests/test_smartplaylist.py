"""The README's recipes for smartplaylist, made by beets' own plugin."""

import re

import pytest
import yaml

from tests.beet import Beet
from tests.conftest import REPOSITORY, let_hear


def recipes() -> list[dict[str, str]]:
    """Return the playlists of all sections `smartplaylist:` that the README shows."""
    text = (REPOSITORY / "README.md").read_text()
    blocks = re.findall(r"(?:^    .*\n|^\n)+", text, re.MULTILINE)
    found = []
    for block in blocks:
        if block.strip().startswith("smartplaylist:"):
            found += yaml.safe_load(block)["smartplaylist"]["playlists"]
    return found


@pytest.fixture
def smart(made_up: Beet) -> Beet:
    """A library whose smart playlists are those of the README, but for the album's name."""
    let_hear(made_up, 200)
    playlists = yaml.safe_dump(recipes()).replace("Moon Safari", "An Album")
    folder = made_up.root / "smart"
    made_up.configure(
        f"mir: {{playlist_dir: {made_up.playlists}}}\n"
        "types: {rating: float}\n"  # as mpdstats has it
        "smartplaylist:\n"
        f"  playlist_dir: {folder}\n"
        f"  relative_to: {made_up.music}\n"
        "  playlists:\n" + "".join(f"    {line}\n" for line in playlists.splitlines())
    )
    config = made_up.root / "config.yaml"
    config.write_text(
        config.read_text().replace("plugins: mir", "plugins: mir smartplaylist types")
    )
    made_up("mircluster", "-k", "4", "--per-artist", "2")
    made_up("modify", "-y", "-MW", "artist:Artist 7", "album=An Album", "rating=5")
    return made_up


def test_the_readme_has_a_recipe_of_each_kind():
    queries = " ".join(recipe["query"] for recipe in recipes())

    assert "mir_order" in queries
    assert "sounds:" in queries
    assert "sounds_like:" in queries


def test_the_recipes_make_the_playlists_that_they_promise(smart: Beet):
    smart("splupdate")

    folder = smart.root / "smart"
    for number in range(1, 5):
        ours = (smart.playlists / f"mir-{number}.m3u").read_text()
        assert (folder / f"Sound {number}.m3u").read_text() == ours
    like = (folder / "like An Album.m3u").read_text().splitlines()
    assert len(like) == 50
    own = smart("ls", "-f", "$path", "album:An Album").splitlines()
    assert not {str(smart.music / name) for name in like} & set(own)
    favourites = (folder / "like my favourites.m3u").read_text().splitlines()
    assert len(favourites) == 100
    assert set(like) < set(favourites)
    mellow = (folder / "mellow.m3u").read_text().splitlines()
    assert 0 < len(mellow) <= 40  # the top fifth


def test_they_follow_what_changes(smart: Beet):
    smart("splupdate")
    first = (smart.root / "smart" / "Sound 1.m3u").read_text().splitlines()[0]

    smart("rm", "-f", f"path:{smart.music / first}")
    smart("splupdate")

    assert first not in (smart.root / "smart" / "Sound 1.m3u").read_text()
