"""What the benchmarks share: which files are music, and where their tables go."""

from pathlib import Path

SUFFIXES = {".ogg", ".opus", ".mp3", ".flac", ".m4a"}


def replace_section(page: Path, name: str, text: str) -> None:
    """Put a text between a page's two comments of that name."""
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
    before, rest = page.read_text().split(start)
    page.write_text(before + start + "\n" + text + "\n" + end + rest.split(end)[1])
