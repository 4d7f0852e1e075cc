"""Text can be read in light and dark: WCAG 2 contrast, computed from the variables of tokens.css."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = Path(settings.BASE_DIR) / "webstore" / "static" / "css" / "tokens.css"
GROUNDS = ("page", "card", "sunken")
TEXT = 4.5
LARGE_OR_LINE = 3.0


def tokens_of(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


LIGHT_BLOCK, DARK_BLOCK = TOKENS.read_text().split("@media (prefers-color-scheme: dark)")
THEMES = {"light": tokens_of(LIGHT_BLOCK), "dark": tokens_of(LIGHT_BLOCK) | tokens_of(DARK_BLOCK)}


def luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


SHELVES = [f"{hue}-{part}" for hue in ("oat", "leaf", "sky", "plum", "clay") for part in ("wall", "board")]
PAIRS = [
    *(("ink", ground, TEXT) for ground in (*GROUNDS, "brand-soft", *SHELVES)),
    *(("ink2", ground, TEXT) for ground in GROUNDS),
    *(("brand", ground, TEXT) for ground in (*GROUNDS, "brand-soft")),
    *(("on-brand", ground, TEXT) for ground in ("brand", "brand-hover")),
    ("on-tag", "tag", TEXT),
    ("on-sale", "sale", TEXT),
    *((state, f"{state}-soft", TEXT) for state in ("err", "warn", "ok", "info")),
    *(("ink", f"{state}-soft", TEXT) for state in ("err", "warn", "ok", "info")),
    *((state, ground, TEXT) for state in ("err", "warn", "ok") for ground in GROUNDS),
    *(("control", ground, LARGE_OR_LINE) for ground in GROUNDS),
    *(("focus", ground, LARGE_OR_LINE) for ground in (*GROUNDS, *SHELVES)),
]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_it_can_be_told_from_its_ground(theme: str, front: str, ground: str, least: float) -> None:
    colours = THEMES[theme]

    assert contrast(colours[front], colours[ground]) >= least


def test_the_dark_theme_changes_every_colour_but_the_tags_ink() -> None:
    dark, light = THEMES["dark"], THEMES["light"]

    assert {name for name in light if light[name] == dark[name]} == {"on-tag"}


def test_the_formula_is_the_known_one() -> None:
    assert round(contrast("#ffffff", "#000000"), 2) == 21
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54
