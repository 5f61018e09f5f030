#!/usr/bin/env bash
# The main job from beginning to end, in a library of its own under demo/.
#   scripts/demo.sh [MUSIC]     on the music of a folder, which is only read; else on a sample
set -euo pipefail

music=${1:+$(realpath "$1")}
cd "$(dirname "$(realpath "$0")")/.."
export BEETSDIR=$PWD/demo
beet=$PWD/.venv/bin/beet
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() { printf '\033[2m$ beet %s\033[0m\n' "$*"; "$beet" "$@"; }

mkdir -p demo
if [ -z "$music" ]; then
  say "Fetching music"
  scripts/fetch-music.sh "$PWD/demo/music"
fi
rm -f demo/library.db*
# Nothing is copied into, written to or moved in the folder of music.
cat > demo/config.yaml <<EOF
directory: ${music:-$PWD/demo/music}
library: $PWD/demo/library.db
plugins: mir
import: {copy: no, move: no, write: no, duplicate_action: keep}
create_backup_before_migrations: no
mir:
  playlist_dir: $PWD/demo/playlists
  out_dir: $PWD/demo/plots
EOF

say "Importing"
if [ -n "$music" ]; then
  run import --quiet --noautotag "$music"
else
  grep -v '^#' scripts/music.tsv | while IFS=$'\t' read -r package style _; do
    run import --quiet --noautotag --set "genres=$style" "demo/music/$package"
  done
fi
say "Analysing"
run mirextract
say "Clustering"
run mircluster
say "Cluster 1"
run ls mircluster:1 mir_order+
say "Drawing"
run mirplot --map
run mirplot
say "Done"
echo "playlists: $PWD/demo/playlists"
echo "pictures:  $PWD/demo/plots/index.html"
echo "map:       $PWD/demo/plots/map.html"
echo "more:      BEETSDIR=$PWD/demo $beet ls mir_centroid:20.. mir_centroid+"
