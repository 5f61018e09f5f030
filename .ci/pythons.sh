#!/usr/bin/env bash
# The pure and the library tests on the ends of what pyproject.toml allows: the lowest versions of
# what it names, the oldest Python, the newest. A Python that the machine lacks is passed over.
#   .ci/pythons.sh
set -euo pipefail
cd "$(dirname "$0")/.."
oldest=3.10 newest=3.13
# Quick ones that need neither TensorFlow, MPD, a browser nor real music.
tests=(tests/test_{audio,clustering,disguises,fields,features,genres,layout,library,matching,model,naming,network,ordering,plane,playlists,sounds,windows}.py tests/faults/test_damaged_{sound,files_of_ours}.py)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/tools"
"$work/tools/bin/pip" install --quiet uv

python_of() {  # the path of a Python of this version that runs
  local found
  for found in "$(command -v "python$1")" ~/.pyenv/versions/"$1".*/bin/python "/usr/bin/python$1"; do
    [ -n "$found" ] && "$found" -c "import sys; sys.exit('$1' != '%d.%d' % sys.version_info[:2])" 2>/dev/null && echo "$found" && return
  done
  return 1
}

leg() {  # leg VERSION RESOLUTION [option of pytest...]
  local version=$1 resolution=$2 python
  shift 2
  if ! python=$(python_of "$version"); then
    echo "-- Python $version, versions: $resolution: skipped, this machine has no Python $version"
    return
  fi
  echo "-- Python $version, versions: $resolution"
  "$work/tools/bin/uv" venv --quiet --clear --python "$python" "$work/env"
  "$work/tools/bin/uv" pip install --quiet --python "$work/env/bin/python" --resolution "$resolution" --editable '.[dev]'
  "$work/tools/bin/uv" pip install --quiet --python "$work/env/bin/python" --no-deps musicnn
  # Without CI these are users' machines, where tests are skipped that lack their tool.
  CI='' "$work/env/bin/python" -m pytest -q -p no:cacheprovider "$@" "${tests[@]}"
}

# Old versions are warned by the new ones of what they need in turn. The FFmpeg in the oldest
# PyAV dies of some damaged files, which costs these files.
leg "$oldest" lowest-direct -W default::DeprecationWarning --deselect tests/faults/test_damaged_sound.py
leg "$oldest" highest
leg "$newest" highest
