"""Make docs/features.md current: what it says of each feature stands beside its code."""

from pathlib import Path

from beetsplug.mir.names import FEATURES
from beetsplug.mir.sound.features import rhythm, separation, spectral, temporal
from beetsplug.mir.sound.features.description import Description

PAGE = Path(__file__).parents[1] / "docs" / "features.md"
START = "<!-- `make docs` writes from here, out of beetsplug/mir/sound/features/ -->"
END = "<!-- to here -->"
SUMMARIES = {"mean": "mean", "median": "median", "std": "deviation"}


def descriptions() -> list[Description]:
    """Return all of them, in the order of the features."""
    families = (spectral, temporal, rhythm, separation)
    found = [one for family in families for one in family.DESCRIPTIONS]
    order = [feature.name for feature in FEATURES]
    return sorted(found, key=lambda one: order.index(one.features[0]))


def current(page: str) -> str:
    """Return the page with the part between the marks made anew."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{_table()}\n\n{_sections()}\n\n{END}{after}"


def _table() -> str:
    lines = ["| field | series | summary | unit | in encodings and plots |"]
    lines.append("|---|---|---|---|---|")
    for feature in FEATURES:
        sign = "negated" if feature.sign < 0 else ""
        lines.append(
            f"| `mir_{feature.name}` | `{feature.series}` | {SUMMARIES[feature.summary]}"
            f" | {feature.unit} | {sign} |"
        )
    return "\n".join(lines)


def _sections() -> str:
    return "\n\n".join(map(_section, descriptions()))


def _section(one: Description) -> str:
    return "\n".join(
        [
            f"### {', '.join(f'`mir_{name}`' for name in one.features)}",
            "",
            f"- **Definition.** {one.definition}",
            f"- **Sound.** {one.sound}",
            f"- **Caveat.** {one.caveat}",
            f"- **Range.** {one.range}",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text("utf-8")), "utf-8")
