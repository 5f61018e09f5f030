#!/usr/bin/env bash
# Download freely licensed music out of Debian packages; nothing is installed.
#   scripts/fetch-music.sh DIR [PACKAGE...]     by default every package of music.tsv
# Each package gets a folder of its own under DIR, with its copyright file beside the music.
set -euo pipefail

if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
  echo "this needs Debian's or Ubuntu's apt-get and dpkg-deb; with music of your own: make demo MUSIC=DIR" >&2
  exit 1
fi

list=$(dirname "$(realpath "$0")")/music.tsv
out=$(realpath -m "${1:?the folder to fill}")
shift
[ $# -gt 0 ] || mapfile -t packages < <(grep -v '^#' "$list" | cut -f 1)
[ $# -eq 0 ] || packages=("$@")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

for package in "${packages[@]}"; do
  if ! IFS=$'\t' read -r _ style artist licence < <(grep "^$package"$'\t' "$list"); then
    echo "$package: no package of ${list##*/}" >&2
    exit 1
  fi
  echo "$package: $style by $artist, licence $licence"
  [ -e "$out/$package/copyright" ] && continue
  if ! apt-get download -qq "$package" 2>error; then
    cat error >&2
    echo "cannot download $package; perhaps 'apt-get update' helps" >&2
    exit 1
  fi
  mkdir unpacked
  dpkg-deb --extract "$package"_*.deb unpacked
  # Jingles and sound effects are smaller than pieces of music.
  find unpacked -type f \( -name '*.ogg' -o -name '*.mp3' \) -size -440k -delete
  rm -rf "${out:?}/$package"
  mkdir -p "$out/$package"
  find unpacked -type f \( -name '*.ogg' -o -name '*.mp3' \) -exec mv -t "$out/$package" {} +
  mv "unpacked/usr/share/doc/$package/copyright" "$out/$package/copyright"  # last: all is there
  rm -rf unpacked "$package"_*.deb
done
