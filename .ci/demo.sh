#!/usr/bin/env bash
# The demo, both ways, on a machine that lacks FFmpeg's programs, MPD and browsers, and on a
# folder with whatever may lie between music; what is in the folder stays as it was.
#   .ci/demo.sh        needs .venv
set -euo pipefail
cd "$(dirname "$0")/.."
lacking=" ffmpeg ffplay ffprobe mpd mpc chromium chromium-browser firefox-esr "

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A folder of links to every other program, to be the whole PATH.
bare=$work/bin
mkdir "$bare"
while IFS= read -r -d : folder; do
  for program in "$folder"/*; do
    link=$bare/${program##*/}
    [[ $lacking == *" ${program##*/} "* ]] || [ -e "$link" ] || [ -L "$link" ] || ln -s "$program" "$link"
  done
done <<<"$PATH:"
on_a_bare_machine() { PATH=$bare "$@"; }
for program in $lacking; do
  ! on_a_bare_machine bash -c "command -v $program" || exit 1
done

print_of() { (cd "$1" && find . -print0 | sort -z | xargs -0 ls -dl --time-style=full-iso && find . -type f -print0 | sort -z | xargs -0 sha256sum); }
expect() { grep -qF -- "$1" "$work/said" || { echo "the demo did not say: $1" >&2; exit 1; }; }
demo() { on_a_bare_machine make --no-print-directory demo EPOCHS=20 "$@" 2>&1 | tee "$work/said"; }

demo PACKAGES="parsec47-data tumiki-fighters-data"
expect "pictures: "

songs=("$PWD"/demo/music/parsec47-data/*.ogg)
odd=$work/$'It\'s "odd": #1 & $HOME {x} [y]\xff'
mkdir -p "$odd/album" "$odd/empty" "$odd/-dash [1] *"
cp "${songs[0]}" "$odd/album/one.ogg"
cp "${songs[1]}" "$odd/-dash [1] */-two ' \" #.ogg"
cp "${songs[2]}" "$odd/"$'line\nbreak \xff.ogg'
ln -s "${songs[3]}" "$odd/album/link.ogg"
cp "${songs[3]}" "$odd/album/sound without a suffix"
echo "Read me." | tee "$odd/README" "$odd/album/-readme" "$odd/"$'\xff\n' "$odd/album/copyright" >/dev/null
ln -s nowhere "$odd/gone"
ln -s "$odd/README" "$odd/album/link"
before=$(print_of "$odd")
demo MUSIC="$odd"
expect "5 analysed"
expect "pictures: "
[ "$(print_of "$odd")" = "$before" ] || { echo "the folder of music has changed" >&2; exit 1; }

! demo MUSIC="$odd/empty" || exit 1
expect "beets found no music"
! demo MUSIC="$odd/album/one.ogg" || exit 1
expect "tracks analysed: 1;"
! demo MUSIC="$work/none" || exit 1
expect "no such file or folder"
