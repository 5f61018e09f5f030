#!/usr/bin/env bash
# The main job from beginning to end, in a library of its own under demo/.
#   scripts/demo.sh [MUSIC]     on the music of a folder, which is only read; else on a sample
# PACKAGES='A B' takes these packages of the sample alone, EPOCHS=N trains the autoencoder less.
set -euo pipefail

fewest=3  # below that there is nothing to group

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }
run() { printf '\033[2m$ beet %s\033[0m\n' "$*"; "$beet" "$@"; }
count() { "$beet" ls -f '$id' "$@" | wc -l | tr -d ' '; }

# beets asks ffprobe about every file whose name has no suffix, fails where there is none, and
# would copy in the reader's folder where there is one. This one never knows: beets goes on.
import() { PATH=$PWD/demo/bin:$PATH run import --quiet --noautotag "$@" </dev/null; }

music=${1:-}
case $music in "~" | "~/"*) music=$HOME${music#\~} ;; esac  # zsh leaves it to us
case $music in "" | /*) ;; *) music=$PWD/$music ;; esac
[ -z "$music" ] || [ -e "$music" ] || die "no such file or folder: $music"

cd "$(dirname "$0")/.."
export BEETSDIR=$PWD/demo
beet=$PWD/.venv/bin/beet

mkdir -p demo/bin
printf '#!/bin/sh\n' >demo/bin/ffprobe
chmod +x demo/bin/ffprobe
if [ -z "$music" ]; then
  packages=${PACKAGES:-$(awk '!/^#/ { print $1 }' scripts/music.tsv)}
  say "Fetching music"
  # shellcheck disable=SC2086 # one word a package
  scripts/fetch-music.sh "$PWD/demo/music" $packages
fi
rm -f demo/library.db*
directory=${music:-$PWD/demo/music}
[ -d "$directory" ] || directory=$(dirname "$directory")
# Nothing is copied into, written to or moved in the folder of music; its name may be anything.
{
  .venv/bin/python -c 'import sys, yaml; yaml.safe_dump({"directory": sys.argv[1]}, sys.stdout)' "$directory"
  cat <<EOF
library: library.db
plugins: mir
import:
  copy: no
  move: no
  write: no
  remux_mp3_in_wav: no
  duplicate_action: keep
create_backup_before_migrations: no
mir:
  playlist_dir: playlists
  out_dir: plots
  epochs: ${EPOCHS:-2000}
EOF
} >demo/config.yaml

say "Importing"
if [ -n "$music" ]; then
  import "$music"
else
  for package in $packages; do
    style=$(awk -F '\t' -v package="$package" '$1 == package { print $2 }' scripts/music.tsv)
    import --set "genres=$style" "$PWD/demo/music/$package"
  done
fi
[ "$(count)" -gt 0 ] || die "beets found no music in $directory"
say "Analysing"
run mirextract
analysed=$(count mir_version::.)
[ "$analysed" -ge "$fewest" ] || die "tracks analysed: $analysed; to group them, there should be $fewest or more"
say "Clustering"
run mircluster
say "Cluster 1"
run ls -p mircluster:1 mir_order+  # the demo's music has few tags
say "Drawing"
run mirplot --map
run mirplot
say "Done"
echo "playlists: $PWD/demo/playlists"
echo "pictures:  $PWD/demo/plots/index.html"
echo "map:       $PWD/demo/plots/map.html"
echo "more:      BEETSDIR=$PWD/demo $beet ls mir_centroid:20.. mir_centroid+"
