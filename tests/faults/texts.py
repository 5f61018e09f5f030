"""Any text: what ends lines, names, elements and quotes, or steers a terminal."""

from __future__ import annotations

from hypothesis import strategies as st

BREAKS = (
    *("\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"),
)
PLAYLISTS = ("#EXTM3U", "#EXTINF:1,x", "#EXTENC:utf-16", "[playlist]", "File2=x", "\ufeff")
FOLDERS = ("", " ", ".", "..", "../", "../../x", "/etc/passwd", "\\", "..\\..\\x", "~", "C:\\x")
NAMES = ("-", "--help", "CON", "NUL", "aux.m3u", "a:b", "a?b*c|d", "file:///x", "%2e%2e/")
LETTERS = (
    "e" + "\u0301" * 50,
    "\U0001f469\u200d\U0001f3a4",
    "日本",
    "İ",
    "ß",
    "ü" * 300,
    "x" * 10_000,
)
STEERING = (
    "\0",
    "\x07",
    "\x1b[31m",
    "\x1b]0;x\x07",
    "\x1b]8;;http://x\x1b\\",
    "\x9b2J",
    "\x7f",
    "\b",
)
MARKS = (
    "\u200e",
    "\u200f",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u061c",
    "\xad",
    "\U000e0041",
    "\ufffe",
)
MARKUP = (
    *(
        "<script>alert(1)</script>",
        "</script>",
        "</title></style>",
        "<!--",
        "-->",
        "]]>",
        "&#0;",
    ),
    *("<img src=x onerror=alert(1)>", "' onmouseover='alert(1)", '"', "'", "`", "&amp;"),
    *("javascript:alert(1)", "data:text/html,<b>", "<![CDATA["),
)
TEMPLATES = (
    *("{{ 7 * 7 }}", "{% x %}", "{0.__class__}", "${x}", "$x$", "$\\frac{", "$title", "%s%n"),
    *("%(x)s", "%aunique{}", "=cmd|'/C calc'!A0", "+1", "@x"),
)
COMMANDS = ('x"\naddid "y', "password x", "clear\nplay", "OK\n")
SURROGATES = ("\udcff", "\ud800")  # no database can hold them

HOSTILE = (
    *PLAYLISTS, *FOLDERS, *NAMES, *LETTERS, *STEERING, *MARKS, *MARKUP, *TEMPLATES, *COMMANDS,
    *SURROGATES,
)  # fmt: skip
"""Texts at which something could give way."""

ANY_CHARACTER = st.characters(exclude_categories=())


def texts(*, stored: bool = False) -> st.SearchStrategy[str]:
    """Any text, mostly of some that are hostile; *stored*: only what a database can hold."""
    pieces = st.sampled_from(HOSTILE + BREAKS)
    some = st.text(ANY_CHARACTER, max_size=8)
    mixed = st.lists(st.one_of(pieces, some), max_size=4).map("".join)
    if not stored:
        return mixed
    return mixed.map(lambda text: text.encode("utf-8", "ignore").decode())


def file_names() -> st.SearchStrategy[bytes]:
    """Any name that a file can have on Linux, in UTF-8 or not."""
    of_bytes = st.binary(max_size=12)
    of_texts = texts().map(lambda text: text.encode("utf-8", "surrogatepass"))
    return st.one_of(of_texts, of_bytes).map(_name)


def paths() -> st.SearchStrategy[bytes]:
    """Any path below a folder."""
    return st.lists(file_names(), min_size=1, max_size=3).map(b"/".join)


def _name(data: bytes) -> bytes:
    name = data.replace(b"\0", b"").replace(b"/", b"")[:200]
    return b"x" + name if name in (b"", b".", b"..") else name
