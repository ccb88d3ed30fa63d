"""Subtitles that were made to take long. Run as a program, it reads each of them, and names it before it does."""

from matinee.studio.encoding.model.text import imsc, webvtt
from matinee.studio.encoding.model.text.cleaning import cleaned
from matinee.studio.encoding.model.text.cue import TextRefused
from matinee.studio.encoding.model.text.encodings import decoded
from matinee.studio.encoding.model.text.reading import cues_in

_CHARACTERS = 200_000
_LINE = 100_000
"""Longer ones are refused for that alone."""
_BODIES = {
    "a tag that never ends": ("<" + "a" * 100, "a"),
    "tags that never end": ("", "<a"),
    "brackets": ("", "<"),
    "open tags": ("", "<i>"),
    "tags opened, and others closed": ("<i>" * 100_000, "</b>"),
    "words that look alike": ("", "a<b></b>"),
    "ruby of many pieces": ("<ruby>", "a<i>"),
    "readings of many pieces": ("<ruby>a<rt>", "a<i>"),
    "braces": ("", "{"),
    "overrides that never end": ("", "{\\"),
    "overrides": ("", "{\\i1}a"),
    "places": ("", "{\\an"),
    "a font's color": ("<font color=", "a"),
    "fonts' colors": ("", "<font color = a "),
    "numbers": ("", "1"),
    "numbers of letters": ("&#", "1"),
    "entities": ("", "&a"),
    "empty lines": ("", "\n"),
    "short lines": ("", "a\n"),
    "blanks": ("", " "),
    "times": ("", "00:00:00.000 --> 00:00:01.000\n"),
    "times with words": ("", "00:00:00.000 --> 00:00:01.000\na\n\n"),
    "style sheets that never end": ("", "::cue(.a){"),
    "blanks in a style sheet": ("::cue(", " "),
    "colors that never end": ("", "::cue(.a){color:"),
}
_TTML = '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:t="http://www.w3.org/ns/ttml#styling"'
_TREES = {
    "blanks before a tree": ("\n", " ", "<tt/>"),
    "declarations that never end": ("<?xml", "<?xml", ""),
    "a declaration that never ends": ("<?xml ", "encoding = ", ""),
    "brackets in a tree": (_TTML, "<", ""),
    "styles in a chain": (
        f"{_TTML}><head>" + "".join(f'<style xml:id="s{n}" style="s{n + 1}"/>' for n in range(20_000)),
        "<a/>",
        '</head><body><div><p style="s0" begin="0s" end="1s">x</p></div></body></tt>',
    ),
    "a style for everything": (
        f"{_TTML}><body " + " ".join(f't:a{n}="1"' for n in range(1000)) + "><div>",
        '<p begin="0s" end="1s">x</p>',
        "</div></body></tt>",
    ),
    "a long color for everything": (
        f'{_TTML}><body t:color="{"a" * 10_000}"><div>',
        '<p begin="0s" end="1s">x</p>',
        "</div></body></tt>",
    ),
    "a long name for everything": (f'{_TTML} xmlns:a="{"a" * 500_000}"><body>', "<a:a/>", "</body></tt>"),
    "ruby in ruby": (
        f'{_TTML}><body><div><p begin="0s" end="1s"><span t:ruby="container">' + '<span t:ruby="base">' * 50,
        "a<br/>",
        "</span>" * 51 + "</p></div></body></tt>",
    ),
}


def shapes() -> dict[str, str]:
    frames = {
        "SubRip": "1\n00:00:00,000 --> 00:00:01,000\n{}\n",
        "WebVTT": "WEBVTT\n\n{}\n\n00:00.000 --> 00:01.000\n{}\n",
        "ASS": "[Script Info]\n\n[Events]\nDialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,{}\n",
    }
    bodies = {what: begin + piece * (_CHARACTERS // len(piece)) for what, (begin, piece) in _BODIES.items()}
    texts = {
        f"{name}: {what}": frame.replace("{}", _in_lines(body))
        for name, frame in frames.items()
        for what, body in bodies.items()
    }
    trees = {what: begin + piece * (_CHARACTERS // len(piece)) + end for what, (begin, piece, end) in _TREES.items()}
    return texts | trees


def _in_lines(body: str) -> str:
    return "\n".join(body[at : at + _LINE] for at in range(0, len(body), _LINE))


def main() -> None:
    for what, text in shapes().items():
        print(what, flush=True)
        try:
            found = cleaned(cues_in(decoded(text.encode())), None)
        except TextRefused:
            continue
        webvtt.write(found.cues)
        imsc.write(found.cues, "en")


if __name__ == "__main__":
    main()
