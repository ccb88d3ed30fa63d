"""What players say of themselves with each request (CTA-5004, version 1): read leniently, for any player may ask anything.

A key that is wrong says nothing, and the others are heard all the same. Nothing that is said is believed where it matters:
whose request it was, the ticket says.
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from matinee.wire.accounts import Said

ARGUMENT = "CMCD"
"""Of the query."""
HEADERS = ("cmcd-request", "cmcd-object", "cmcd-status", "cmcd-session")
CHARS_MAX = 2048
"""More is not looked at, whether of the query's argument as it was sent or of the headers together."""
NOTHING = Said()
_CONTENT_CHARS_MAX = 64
# Each alternative begins with what no other can, and nothing follows: it takes one look at each character.
_ITEM = re.compile(r'(?:[^,"]+|"(?:[^"\\]|\\.?)*"?)+', re.DOTALL)
_NUMBER = re.compile(r"([0-9]{1,9})(?:\.[0-9]{0,9})?\Z")
_COMMON = (("%2C", ","), ("%3D", "="), ("%22", '"'))
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def said_with(query: str, headers: Mapping[str, str]) -> Said:
    """`query` as it was sent, after the question mark; `headers` by their lower-case names."""
    if ARGUMENT in query and (argument := _argument(query)) is not None:
        return said_in_argument(argument)
    words = [headers[name] for name in HEADERS if name in headers]
    return said_in(",".join(words)[:CHARS_MAX]) if words else NOTHING


def said_in_argument(text: str) -> Said:
    """The argument's value, still encoded."""
    text = text[:CHARS_MAX]
    # Most requests need no more than these, which cost a tenth of decoding whatever may come.
    for spelled, meant in _COMMON:
        text = text.replace(spelled, meant)
    return said_in(unquote(text, errors="replace") if "%" in text else text)


def said_in(text: str) -> Said:
    """A list of `key=value`, decoded."""
    said = dict(_items(text[:CHARS_MAX]))
    return Said(
        throughput_kbps=_number(said.get("mtp")),
        bitrate_kbps=_number(said.get("br")),
        buffer_ms=_number(said.get("bl")),
        starved=1 if said.get("bs") in ("", "true", "?1") else 0,
        content=_content(said.get("cid", "")),
    )


def merged(before: Said, after: Said) -> Said:
    """What a player has said in all."""
    if after == NOTHING:
        return before
    bitrate, buffer = after.bitrate_kbps, after.buffer_ms
    if bitrate is None or (before.bitrate_kbps is not None and before.bitrate_kbps > bitrate):
        bitrate = before.bitrate_kbps
    if buffer is None or (before.buffer_ms is not None and before.buffer_ms < buffer):
        buffer = before.buffer_ms
    return Said(
        before.throughput_kbps if after.throughput_kbps is None else after.throughput_kbps,
        bitrate,
        buffer,
        before.starved + after.starved,
        after.content or before.content,
    )


def _argument(query: str) -> str | None:
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name == ARGUMENT:
            return value
    return None


def _items(text: str) -> Iterator[tuple[str, str]]:
    """A key without a value is true, which is told as the empty text."""
    for item in _ITEM.findall(text) if '"' in text else text.split(","):
        key, _, value = item.partition("=")
        yield key.strip(), value.strip()


def _number(text: str | None) -> int | None:
    found = _NUMBER.match(text) if text is not None else None
    return int(found[1]) if found is not None else None


def _content(text: str) -> str:
    """A name that is too long or not of letters and signs is none of ours."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
        if "\\" in text:
            text = _ESCAPED.sub(r"\1", text)
    elif '"' in text:
        return ""
    return text if len(text) <= _CONTENT_CHARS_MAX and text.isprintable() else ""
