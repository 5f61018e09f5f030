"""One page that shows all figures, with a sentence each on how to read it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Entry(NamedTuple):
    """A figure on the page; without a file, *note* says why it is not there."""

    name: str
    title: str
    note: str
    file: str | None


_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; }
body { margin: 2rem auto; padding: 0 1rem; }
nav { columns: 18rem; margin-bottom: 2rem; }
nav a { display: block; }
figure { margin: 0 0 3rem; }
img { max-width: 100%; height: auto; background: white; border-radius: 4px; }
h2 { font-size: 1.2rem; margin: 0; }
figcaption { margin: 0 0 .5rem; max-width: 45rem; }
.absent { opacity: .7; }
"""


def page(entries: Sequence[Entry], *, about: str, map_file: str | None) -> str:
    """Return the page; *about* says what the figures are of, *map_file* where the map is."""
    links = [
        f'<a href="#{escape(entry.name)}">{escape(entry.title)}</a>'
        for entry in entries
        if entry.file
    ]
    if map_file:
        links.insert(0, f'<a href="{escape(map_file)}"><b>The map, to explore</b></a>')
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>The sound of the library</title><style>{_STYLE}</style></head><body>",
            f"<h1>The sound of the library</h1><p>{escape(about)}</p>",
            f"<nav>{''.join(links)}</nav>",
            *map(_figure, entries),
            "</body></html>\n",
        ]
    )


def _figure(entry: Entry) -> str:
    heading = f"<h2>{escape(entry.title)}</h2><p>{escape(entry.note)}</p>"
    if not entry.file:
        return f'<figure class="absent"><figcaption>{heading}</figcaption></figure>'
    file, title = escape(entry.file), escape(entry.title)
    shown = f'<img src="{file}" alt="{title}" loading="lazy">'
    if file.endswith(".pdf"):
        shown = f'<object data="{file}" width="100%" height="700">{title}</object>'
    return (
        f'<figure id="{escape(entry.name)}"><figcaption>{heading}</figcaption>'
        f'<a href="{file}">{shown}</a></figure>'
    )
