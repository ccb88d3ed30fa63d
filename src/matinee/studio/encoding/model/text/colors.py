"""Colors of subtitles, as `#rrggbb`: by their names, as HTML and TTML have them, or by numbers."""

import re

NAMED = {
    "white": "#ffffff",
    "lime": "#00ff00",
    "cyan": "#00ffff",
    "red": "#ff0000",
    "yellow": "#ffff00",
    "magenta": "#ff00ff",
    "blue": "#0000ff",
    "black": "#000000",
}
"""The classes every WebVTT player knows (WebVTT, 5.1)."""
_MORE = {
    "green": "#008000",
    "silver": "#c0c0c0",
    "gray": "#808080",
    "maroon": "#800000",
    "purple": "#800080",
    "fuchsia": "#ff00ff",
    "olive": "#808000",
    "navy": "#000080",
    "teal": "#008080",
    "aqua": "#00ffff",
}
_HEX = re.compile(r"#([0-9a-f]{6})(?:[0-9a-f]{2})?\Z")
_SHORT = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])\Z")
_LONGEST = 64
_NUMBERS = re.compile(r"rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?:,\s*[\d.]+\s*)?\)\Z")


def color_of(text: str) -> str | None:
    """None for what is no color. How far one sees through it is not kept."""
    if len(text) > _LONGEST:
        return None
    wanted = text.strip().lower()
    if wanted in NAMED or wanted in _MORE:
        return NAMED.get(wanted) or _MORE[wanted]
    if found := _HEX.match(wanted):
        return f"#{found[1]}"
    if found := _SHORT.match(wanted):
        return "#" + "".join(digit * 2 for digit in found.groups())
    if found := _NUMBERS.match(wanted):
        return "#" + "".join(f"{min(255, int(part)):02x}" for part in found.groups())
    return None
