#!/usr/bin/env bash
# The package as users get it: sdist, the wheel made of it, and that wheel beside plain beets.
#   .ci/package.sh     needs git, and music in .cache/music
set -euo pipefail
cd "$(dirname "$0")/.."
tracks=("$PWD"/.cache/music/parsec47-data/*.ogg)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "building"
python3 -m venv "$work/tools"
"$work/tools/bin/pip" install --quiet build twine uv
"$work/tools/bin/python" -m build --outdir "$work/dist" . >"$work/log" || { cat "$work/log"; exit 1; }
"$work/tools/bin/twine" check --strict "$work"/dist/*

echo "every file of the package is in the wheel"
git ls-files beetsplug | sort >"$work/ours"
python3 -m zipfile -l "$work"/dist/*.whl | awk '/^beetsplug/ { print $1 }' | sort | diff "$work/ours" -

echo "installing beside plain beets"
python3 -m venv "$work/user"
"$work/tools/bin/uv" pip install --quiet --python "$work/user/bin/python" beets "$work"/dist/*.whl
export BEETSDIR=$work/beets
mkdir "$BEETSDIR" "$work/music"
cp "${tracks[@]}" "$work/music"
printf '%s\n' "directory: $work/music" "plugins: mir" "import: {copy: no, write: no}" >"$BEETSDIR/config.yaml"
cd "$work"
beet() { echo "\$ beet $*"; "$work/user/bin/beet" "$@"; }
beet import --quiet --noautotag "$work/music" </dev/null
beet mirextract | tee said
grep -qx "${#tracks[@]} analysed, 0 skipped, 0 failed" said
grep -qF "pip install --no-deps musicnn" said
"$work/tools/bin/uv" pip install --quiet --python "$work/user/bin/python" --no-deps musicnn
beet mirextract | tee said
grep -qx "${#tracks[@]} analysed, 0 skipped, 0 failed" said
[ "$("$work/user/bin/beet" ls mir_tags:e | wc -l)" -gt 0 ]
beet mircluster -k 2
beet mirplot --map
[ "$("$work/user/bin/beet" ls mircluster:1.. | wc -l)" -eq "${#tracks[@]}" ]
grep -q webgl2 "$BEETSDIR/mir-plots/map.html"
