#!/usr/bin/env bash
# Known vulnerabilities in what users get, with all extras but the tests', and in the linters.
# One that does not concern us is let through by --ignore-vuln here, with the reason.
#   .ci/audit.sh
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/tools"
"$work/tools/bin/pip" install --quiet pip-audit==2.10.1 uv
"$work/tools/bin/uv" pip compile --quiet --no-annotate --extra tensorflow --extra cluster --output-file "$work/users.txt" pyproject.toml

for list in "$work/users.txt" lint.txt; do
  "$work/tools/bin/pip-audit" --requirement "$list" --no-deps --disable-pip --progress-spinner off \
    --format json --output "$work/found.json" 2>"$work/log" || { cat "$work/log" "$work/found.json"; exit 1; }
  # A mirror of the registry may have no such data: then nothing is audited, and this says so.
  python3 - "$work/found.json" "$(basename "$list")" <<'COUNT'
import json, sys
packages = json.load(open(sys.argv[1]))["dependencies"]
audited = sum("skip_reason" not in package for package in packages)
print(f"{sys.argv[2]}: {audited} of {len(packages)} packages audited, none with a known vulnerability")
COUNT
done
