"""Names in any script: fonts for letters that the first font lacks."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from matplotlib.font_manager import get_font_names
from matplotlib.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

_FONTS = (
    "DejaVu Sans", "Noto Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "IPAexGothic",
    "WenQuanYi Zen Hei", "Hiragino Sans", "Arial Unicode MS", "Yu Gothic", "Malgun Gothic",
)  # fmt: skip


def lay_out(figure: Figure) -> None:
    """Decide where everything comes to be, so that names can be put where there is room."""
    with all_letters(figure):
        figure.draw_without_rendering()


@contextmanager
def boxes_allowed() -> Iterator[None]:
    """Let boxes stand for letters that no font has, without a warning for each."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        yield


@contextmanager
def all_letters(figure: Figure) -> Iterator[None]:
    """Let texts fall back to the fonts of other scripts that there are."""
    installed = set(get_font_names())
    fonts = [font for font in _FONTS if font in installed]
    for text in figure.findobj(Text):
        text.set_fontfamily(fonts)
    with boxes_allowed():
        yield
