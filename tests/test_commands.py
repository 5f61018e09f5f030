"""Whole stories, told through `beet`, as a user would."""

import contextlib
import os
import signal
import sqlite3
import time

import numpy as np
import psutil
import pytest
import soundfile as sf
from beets.library import Item, Library

from beetsplug.mir import names
from tests.conftest import SR, Beet, noise, sine

TOO_MANY = "error: cannot make {} dimensions of {} features"


def attributes(beet: Beet, *query: str) -> list[dict[str, str]]:
    """Return what `beet ls` shows of version, source, error and cluster of each track."""
    fields = ["mir_version", "mir_source", "mir_error", "mircluster", "mir_centroid", "path"]
    form = "\t".join(f"%ifdef{{{field}}}" for field in fields)
    lines = beet("ls", "-f", form, *query).splitlines()
    return [dict(zip(fields, line.split("\t"), strict=True)) for line in lines]


def test_the_main_job(small: Beet):
    """Extract, cluster, query, plot, and again without doing anything twice."""
    out = small("mirextract")
    assert out.splitlines()[-1] == "6 analysed, 0 skipped, 0 failed"
    assert {a["mir_version"] for a in attributes(small)} == {names.version(60)}
    assert small("mirextract").splitlines() == ["0 analysed, 6 skipped, 0 failed"]

    pretended = small("mircluster", "-k", "3", "-p")
    assert not small("ls", "mircluster:..")
    clustered = small("mircluster", "-k", "3")
    assert clustered.splitlines()[:-2] == pretended.splitlines()
    assert "· Tone" in clustered
    assert "network features, pca" in clustered
    assert "+bark" in small("mircluster", "-F", "classic", "-p")
    assert [len(small("ls", f"mircluster:{n}").splitlines()) for n in (1, 2, 3)] == [2, 2, 2]
    first = attributes(small, "id+")
    again = small("mircluster", "-k", "3", "-p")
    assert "no track moved" in again
    assert "0 tracks changed" in small("mircluster", "-k", "3")
    assert attributes(small, "id+") == first

    cluster = small("ls", "-f", "$mircluster", "title::^$", "genres:Tone").split()[0]
    playlist = small.root / "playlists" / f"mir-{cluster}.m3u"
    assert sorted(playlist.read_text().splitlines()) == ["tone 0.wav", "tone 1.wav"]

    only = ["--only", "features-by-genre,pca-2d,library-clusters"]
    out = small("mirplot", "-o", "pictures", "--format", "png", *only)
    pictures = sorted(path.name for path in (small.root / "pictures").iterdir())
    assert pictures == [
        ".mir-plots.json",
        *("features-by-genre.png", "index.html", "library-clusters.png", "overview.png"),
        "pca-2d.png",
    ]
    said = {os.path.basename(line) for line in out.splitlines()}
    assert said == {*pictures} - {".mir-plots.json", "overview.png"}


def test_the_main_job_in_processes_of_its_own(small: Beet):
    """As a user has it, with workers and streams and exit codes."""
    for command in (["mirextract"], ["mircluster", "-k", "3"], ["mirplot", "--only", "pca-1d"]):
        code, out, err = small.process(*command)
        assert (code, err) == (0, "")
        assert out

    assert (small.root / "mir-plots" / "pca-1d.svg").stat().st_size
    assert len(list((small.root / "playlists").glob("*.m3u"))) == 3
    assert small.process("mircluster", "-k", "1")[0] == 1


def test_fewer_clusters_leave_no_stale_playlist(extracted: Beet):
    extracted("mircluster", "-k", "3")
    extracted("mircluster", "-k", "2")

    found = sorted(path.name for path in (extracted.root / "playlists").glob("*.m3u"))
    ids = set(extracted("ls", "-f", "$mircluster").split())
    assert len(ids) == 2
    assert found == sorted(f"mir-{id_}.m3u" for id_ in ids)


def test_a_query_limits_what_is_analysed_and_clustered(small: Beet):
    assert "2 analysed" in small("mirextract", "genres:Tone")
    assert "1 analysed" in small("mirextract", "genres:Noise", "--limit", "1")

    out = small("mircluster", "genres:Tone", "-k", "2")

    assert "2 tracks" in out
    assert len(small("ls", "mircluster:..").splitlines()) == 2


def test_options_of_extraction(small: Beet):
    assert len(small("mirextract", "-p").splitlines()) == 6
    assert not small("ls", "mir_version:2-")
    assert small("mirextract", "-q") == ""
    assert "6 analysed" in small("mirextract", "-f", "-t", "0")

    (small.root / "some.m3u").write_text("music/tone 0.wav\nnoise 1.wav\nmissing.wav\n")
    code, out, err = small.run("mirextract", "-f", "--playlist", "some.m3u")
    assert code == 0
    assert out.splitlines()[-1] == "2 analysed, 0 skipped, 0 failed"
    assert "missing.wav: not in the library" in err


def test_results_do_not_depend_on_the_number_of_workers(extracted: Beet):
    alone = extracted("ls", "-f", "$mir_vector", "id+")
    extracted("mirextract", "-f", "-t", "2")

    assert extracted("ls", "-f", "$mir_vector", "id+") == alone


def test_bad_files_get_a_line_and_the_others_go_on(beet: Beet):
    good = {
        "fine.wav": (sine(440, 1), SR),
        "silence.wav": (np.zeros(SR), SR),
        "one sample.wav": (np.ones(1), SR),
        "8 channels.wav": (np.ones((SR, 8)) * 0.1, SR),
        "8 kHz.wav": (sine(440, 1, 8000), 8000),
        "192 kHz.wav": (sine(440, 1, 192000), 192000),
        b"no utf8 \xff.wav": (noise(1), SR),
    }
    bad = ["empty.wav", "text.wav", "missing.wav", "truncated.wav"]
    paths = {name: beet.add(name, *sound) for name, sound in good.items()}
    paths |= {name: beet.add(name, noise(1)) for name in bad}
    open(paths["empty.wav"], "w").close()
    with open(paths["text.wav"], "w") as file:
        file.write("This is no sound.\n" * 1000)
    os.unlink(paths["missing.wav"])
    os.truncate(paths["truncated.wav"], 30)

    code, out, err = beet.run("mirextract")

    assert code == 0
    assert out.splitlines()[-1] == "7 analysed, 0 skipped, 3 failed, 1 missing"
    for name, reason in zip(bad, ["empty", "decoded", "is missing", "decoded"], strict=True):
        assert any(name in line and reason in line for line in err.splitlines()), err
    assert len(beet("ls", "mir_error::.").splitlines()) == 3  # a missing file is no failure
    assert len(beet("ls", "mir_version:2-").splitlines()) == 7
    assert "nan" not in beet("ls", "-f", "$mir_hpss $mir_flatness", "mir_version:2-")

    code, out, err = beet.run("mirextract")
    summary = out.splitlines()[-1]
    assert summary.startswith("0 analysed, 10 skipped, 0 failed (3 ")
    assert summary.endswith(", 1 missing")
    assert len(err.splitlines()) == 1
    assert "missing.wav: is missing" in err
    beet.add("missing.wav", noise(1))  # it comes back
    assert "1 analysed" in beet("mirextract", f"path:{beet.music}/missing.wav")
    assert "3 failed" in beet("mirextract", "--retry")
    assert "8 tracks" in beet("mircluster")


def test_a_replaced_file_is_analysed_again_and_a_retagged_one_is_not(extracted: Beet):
    replaced = extracted.music / "noise 0.wav"
    os.utime(extracted.music / "tone 0.wav", (1, 1))
    sf.write(replaced, noise(3), SR)
    os.utime(replaced, (2, 2))  # not in the second of the first one

    assert extracted("mirextract", "-p").splitlines() == [str(replaced)]


def long_sounds(beet: Beet, count: int) -> None:
    """Add sounds of a minute and a half, which are heard whole: one by many names."""
    beet("ls")
    sf.write(beet.music / "0.wav", np.tile(noise(1), 90), SR)
    lib = Library(str(beet.root / "library.db"), str(beet.music))
    with lib.transaction():
        for number in range(count):
            path = beet.music / f"{number}.wav"
            if number:
                os.link(beet.music / "0.wav", path)
            lib.add(Item.from_path(os.fsencode(path)))
    lib._close()


def stored_soon(beet: Beet) -> None:
    """Wait until something is stored, by a look that takes less than `beet` to start."""
    deadline = time.monotonic() + 300
    query = "SELECT COUNT(*) FROM item_attributes WHERE key = 'mir_version'"
    with contextlib.closing(sqlite3.connect(beet.root / "library.db")) as db:
        while not db.execute(query).fetchone()[0]:
            assert time.monotonic() < deadline, "nothing was stored"
            time.sleep(0.02)


MORE_THAN_A_MINUTE_OF_WORK = 400  # so that a process is still at it when a busy machine looks


def test_ctrl_c_keeps_what_was_analysed(beet: Beet):
    long_sounds(beet, MORE_THAN_A_MINUTE_OF_WORK)
    process = beet.start("mirextract", "-t", "2", start_new_session=True)
    stored_soon(beet)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=300)

    assert "Traceback" not in err
    done = len(beet("ls", "mir_version:2-").splitlines())
    assert 0 < done < MORE_THAN_A_MINUTE_OF_WORK
    assert f"{done} analysed" in out
    assert "not reached" in out


@pytest.mark.long
def test_killed_at_once_little_is_lost_and_nobody_is_left_behind(beet: Beet):
    long_sounds(beet, MORE_THAN_A_MINUTE_OF_WORK)
    process = beet.start("mirextract", "-t", "2", start_new_session=True)
    stored_soon(beet)
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()

    done = len(beet("ls", "mir_version:2-").splitlines())
    assert 0 < done < MORE_THAN_A_MINUTE_OF_WORK
    assert f"3 analysed, {done} skipped" in beet("mirextract", "--limit", "3")
    assert not psutil.wait_procs(children, timeout=300)[1]


def test_another_beet_may_write_to_the_library_meanwhile(beet: Beet):
    long_sounds(beet, 12)
    impatient = beet.root / "impatient.yaml"
    impatient.write_text("timeout: 0.2\n")  # seconds that beets waits for a lock
    process = beet.start("--config", str(impatient), "mirextract", "-t", "1")
    stored_soon(beet)
    beet("modify", "-yWM", "artist=Somebody else")
    with contextlib.closing(sqlite3.connect(beet.root / "library.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(1.2)  # no event tells of a write that failed; results come every second
        other.rollback()
    out, err = process.communicate(timeout=300)

    assert process.returncode == 0, err
    assert "12 analysed" in out
    assert len(beet("ls", "mir_version:2-", "artist:Somebody").splitlines()) == 12


def test_whole_tracks_and_excerpts_are_told_apart(beet: Beet):
    for number in range(2):
        beet.add(f"{number}.wav", np.tile(noise(13, seed=number), 10))
    beet("mirextract", "-q")
    assert "1 analysed" in beet("mirextract", "--whole", "--limit", "1")
    mixed = attributes(beet, "id+")
    assert sorted(a["mir_version"] for a in mixed) == [names.version(60), names.version(0)]

    _, _, err = beet.run("mircluster")
    assert "not all tracks were analysed alike" in err
    assert "`beet mirextract --whole` mends that" in err
    assert "1 analysed, 1 skipped" in beet("mirextract", "--whole")
    _, _, err = beet.run("mircluster")
    assert not err


def test_what_was_heard_whole_is_current_for_any_excerpt(beet: Beet):
    beet.add("0.wav", np.tile(noise(13), 10))
    beet("mirextract", "-q", "--whole")
    whole = attributes(beet)

    for seconds in (60, 30):
        beet.configure(f"mir: {{excerpt: {seconds}}}\n")
        assert "0 analysed, 1 skipped" in beet("mirextract")
    assert attributes(beet)[0]["mir_centroid"] == whole[0]["mir_centroid"]
    assert "1 analysed" in beet("mirextract", "-f")
    assert attributes(beet)[0]["mir_version"] == names.version(30)


def test_tempo_and_key_of_others_are_left_alone(beet: Beet):
    beet.add("a.wav", noise(1))
    beet("modify", "-yWM", "bpm=123", "initial_key=Cm")

    beet("mirextract", "-q")

    assert beet("ls", "-f", "$bpm $initial_key").strip() == "123 Cm"


def test_clear_messages(beet: Beet):
    def error(*args: str) -> str:
        code, _, err = beet.run(*args)
        assert code == 1
        return err.strip()

    assert error("mircluster") == "error: no tracks match"
    beet.add("a.wav", noise(1))
    assert "beet mirextract" in error("mircluster")
    assert "beet mirextract" in error("mirplot")
    beet("mirextract", "-q")
    assert "1 clusters" in beet("mircluster")
    assert error("mircluster", "-k", "2") == "error: cannot make 2 clusters of 1 tracks"
    assert error("mircluster", "-F", "classic", "-d", "17") == TOO_MANY.format(17, 16)
    assert error("mircluster", "-d", "201") == TOO_MANY.format(201, 200)
    assert "at least 2" in error("mircluster", "-k", "0")
    assert "cannot read" in error("mirextract", "--playlist", "nowhere.m3u")
    assert "invalid query" in error("ls", "mircluster:abc")

    (beet.root / "file").write_text("")
    assert "needs two tracks" in error("mirplot")


def test_all_tracks_alike(beet: Beet, without_tensorflow):
    for number in range(10):
        beet.add(f"{number}.wav", sine(440, 1))
    beet("mirextract", "-q")

    out = beet("mircluster")

    assert "1 clusters" in out
    assert "only 1 different" in out
    beet("mirplot", "--only", "pca-2d,library-clusters,dendrogram,metrics")


@pytest.mark.parametrize(
    ("setting", "command", "message"),
    [
        ("clusters: many", "mircluster", "mir.clusters: must be a whole number"),
        ("clusters: 0", "mircluster", "mir.clusters: must be at least 2"),
        ("encoding: umap", "mircluster", "mir.encoding: must be one of"),
        ("method: 3", "mircluster", "mir.method: must be one of"),
        ("threads: -1", "mirextract", "mir.threads: must be at least 0"),
        ("format: gif", "mirplot", "mir.format: must be one of"),
        ("map_plane: flat", "mirplot", "mir.map_plane: must be one of"),
        ("playlist_name: same", "mircluster -k 2", "mir.playlist_name"),
        ("playlist_outside: maybe", "mircluster", "mir.playlist_outside: must be one of"),
    ],
)
def test_a_wrong_setting_is_beets_ordinary_error(extracted: Beet, setting, command, message):
    extracted.configure(f"mir: {{{setting}}}\n")

    code, _, err = extracted.run(*command.split())

    assert code == 1
    assert message in err


def test_playlists_follow_smartplaylist_and_the_template(extracted: Beet):
    extracted.configure(
        "smartplaylist: {playlist_dir: smart, relative_to: .}\n"
        "mir: {playlist_name: 'Sound/$cluster?'}\n"
    )
    extracted("mircluster", "-k", "2")

    written = sorted((extracted.root / "smart").glob("*.m3u"))
    assert [path.name for path in written] == ["Sound_1_.m3u", "Sound_2_.m3u"]
    assert all(line.startswith("music/") for line in written[0].read_text().splitlines())


@pytest.fixture
def clustered(extracted: Beet) -> Beet:
    """Six short sounds in two clusters."""
    extracted("mircluster", "-k", "2")
    return extracted


def entries(beet: Beet) -> list[str]:
    """Return the lines of all playlists."""
    files = sorted((beet.root / "playlists").glob("*.m3u"))
    return [line for path in files for line in path.read_text().splitlines()]


def test_without_a_folder_of_its_own_smartplaylist_sends_no_playlist_anywhere(
    clustered: Beet,
):
    clustered.configure("smartplaylist: {playlists: []}\n")
    config = clustered.root / "config.yaml"
    config.write_text(config.read_text().replace("plugins: mir", "plugins: mir smartplaylist"))

    out = clustered("mircluster", "-k", "2")

    assert str(clustered.root / "playlists") in out
    assert not list(clustered.root.glob("*.m3u"))


def test_after_a_move_playlists_follow_without_a_new_fit(clustered: Beet):
    """Also if the plugin was away, as with a move by hand."""
    before = entries(clustered)
    clustered.configure("paths: {default: sorted/$title, singleton: sorted/$id}\n")
    clustered("-P", "mir", "move")
    assert entries(clustered) == before

    assert "5 playlists" not in clustered("mircluster", "--assign", "-p")
    assert entries(clustered) == before
    clustered("mircluster", "--assign")

    assert sorted(entries(clustered)) == [f"sorted/{number}.wav" for number in range(1, 7)]
    clustered.configure()
    clustered("-P", "mir", "move")
    code, _, err = clustered.run("mircluster", "--assign", "title:nothing has this name")
    assert (code, err) == (1, "error: no tracks match\n")
    assert not any(line.startswith("sorted/") for line in entries(clustered))


def test_files_that_are_gone_are_counted_and_left_out(clustered: Beet):
    for name in ("tone 0.wav", "noise 1.wav"):
        (clustered.music / name).unlink()

    code, _, err = clustered.run("mircluster", "-k", "2")

    assert code == 0
    assert "mir: 2 files are gone and left out of the playlists, such as " in err
    assert len(err.splitlines()) == 1
    assert sorted(entries(clustered)) == [
        "clicks 0.wav", "clicks 1.wav", "noise 0.wav", "tone 1.wav",
    ]  # fmt: skip


def test_a_disk_that_is_away_empties_no_playlist(clustered: Beet):
    before = entries(clustered)
    clustered.music.rename(clustered.root / "elsewhere")

    code, _, err = clustered.run("mircluster", "-k", "2")

    assert code == 0
    away = f"mir: {clustered.music}: the music is not there"
    assert err == f"{away}; playlists name its tracks all the same\n"
    assert entries(clustered) == before


def test_a_disk_that_is_away_empties_no_playlist_though_some_tracks_are_elsewhere(
    clustered: Beet,
):
    """Those outside the music folder that are gone are left out as ever."""
    outside = clustered.root / "outside"
    outside.mkdir()
    sf.write(outside / "tone 0.wav", sine(700, 1, amplitude=0.3), SR)
    sf.write(outside / "noise 0.wav", noise(2, seed=7), SR)
    clustered.configure("mir: {playlist_outside: absolute}\n")
    clustered("import", "-qA", str(outside))
    clustered("mirextract", "-q")
    clustered("mircluster", "-k", "2")
    before = entries(clustered)
    assert str(outside / "noise 0.wav") in before
    (outside / "noise 0.wav").unlink()
    clustered.music.rename(clustered.root / "elsewhere")

    code, _, err = clustered.run("mircluster", "-k", "2")

    assert code == 0
    assert f"{clustered.music}: the music is not there" in err
    assert "1 files are gone" in err
    assert sorted(entries(clustered)) == sorted({*before} - {str(outside / "noise 0.wav")})


def test_tracks_outside_are_left_out_or_absolute(clustered: Beet):
    (clustered.root / "mpd").mkdir()
    (clustered.root / "mpd" / "tone").symlink_to(clustered.music)
    clustered.configure("mir: {relative_to: mpd}\n")

    _, _, err = clustered.run("mircluster", "-k", "2")
    assert "6 tracks outside" in err
    assert entries(clustered) == []
    clustered.configure("mir: {relative_to: mpd, playlist_outside: absolute}\n")
    code, _, err = clustered.run("mircluster", "--assign")

    assert (code, err) == (0, "")
    names = [f"{kind} {n}.wav" for kind in ("clicks", "noise", "tone") for n in (0, 1)]
    assert sorted(entries(clustered)) == [str(clustered.music / name) for name in names]


def test_real_music_falls_into_clusters_of_its_kind(analysed: Beet):
    out = analysed("mircluster", "-k", "3")

    assert "Techno" in out
    assert analysed("ls", "mir_centroid:..", "-f", "$mir_centroid").splitlines()
    assert analysed("mirextract").splitlines()[-1].startswith("0 analysed")
