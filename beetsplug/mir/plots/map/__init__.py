"""A page to explore: the library as points, in one file that loads nothing from elsewhere.

Tags are data. They travel as JSON that holds no character HTML could take for markup, and the
script writes them with ``textContent`` only; the page's security policy runs no script but
the one whose digest it names, and lets that make no script of text.

Conventions
-----------
points : one for each track, n_samples
Z : coordinates of the encoding, shape (n_samples, n_components)
X : normalised features with the signs of their labels, shape (n_samples, 16), in [0, 1]
raw : features as they are stored, shape (n_samples, 16), in their units
plane : places on which neighbours stay neighbours, shape (n_samples, 2)
neighbours : rows and distances of each track's nearest, the nearest first, both of shape
    (n_samples, n), n may be 0; row -1 where there are fewer
tag_scores : how much each of :data:`names.TAGS` fits, shape (n_samples, 50), in [0, 1]
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .columns import Line, Point, columns

if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = ["SCRIPT", "Line", "Point", "columns", "page", "script"]

# The script's parts, each after those from which it takes something at once: a part says at
# its head what it takes, and returns what it gives. They and the style are formatted by
# prettier --print-width 96 --single-quote --no-bracket-spacing
SCRIPT = (
    "page.js",
    "data.js",
    "playlist.js",
    "neighbours.js",
    "groups.js",
    "camera.js",
    "painter.js",
    "looks.js",
    "symbols.js",
    "key.js",
    "axes.js",
    "marks.js",
    "regions.js",
    "drawing.js",
    "sides.js",
    "panel.js",
    "selection.js",
    "lines.js",
    "library.js",
    "search.js",
    "pointer.js",
    "keys.js",
    "start.js",
)

# What HTML, or a reader of scripts, would not take for text; and lone surrogates, which
# os.fsdecode makes of names that are not UTF-8 and which no file can hold.
_UNSAFE = re.compile("[<>&\u2028\u2029\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_FIELD = re.compile(r"\{\{(\w+)\}\}")

_POLICY = (
    "default-src 'none'; script-src {digest}; style-src 'unsafe-inline';"
    " img-src data: blob:; media-src 'self' file:; base-uri 'none'; form-action 'none'"
)


def page(data: Mapping[str, Any]) -> str:
    """Return an HTML document that shows the tracks of :func:`columns` in 2-D and 3-D."""
    app = script()
    fields = {
        "policy": _POLICY.format(digest=_digest(app)),
        "style": _read("../colours.css") + _read("style.css"),
        "app": app,
        "data": _as_json(data),
    }
    # In one pass: what looks like a field within the data stays as it is.
    return _FIELD.sub(lambda field: fields[field[1]], _read("page.html"))


def script() -> str:
    """Return the parts as one script, whose names are no names of the window."""
    parts = "\n".join(_read(f"script/{part}") for part in SCRIPT)
    return f"(() => {{\n'use strict';\n\n{parts}}})();\n"


def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    """Return a script as the security policy names it."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _as_json(value: object) -> str:
    """Return JSON that can stand within a script element and be encoded as UTF-8."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda character: f"\\u{ord(character[0]):04x}", text)
