"""XML from strangers, as a tree: no document type, so no entities that grow or fetch, and no deeper than subtitles are."""

import re
import xml.etree.ElementTree as ET
from typing import Any

from matinee.studio.encoding.model.text.cue import TextRefused

_DEEP = 64
_PARTS_MAX = 500_000
"""Elements and attributes."""
_PIECE_MAX = 16_384
"""Characters from one tag to the next."""
_NAMESPACE_MAX = 200
"""It is spelled out in every name that it stands for."""
_PIECE = re.compile(rf"<[^<]{{{_PIECE_MAX}}}")
_DECLARED = re.compile(r"[\ufeff\s]*+<\?xml[^>]*+>")


class _Shallow(ET.TreeBuilder):
    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._parts = 0

    def start_ns(self, _prefix: str, uri: str, /) -> None:
        if len(uri) > _NAMESPACE_MAX:
            raise TextRefused(f"The subtitles name a namespace of {len(uri)} characters; at most {_NAMESPACE_MAX}.")

    def start(self, tag: str, attrs: dict[Any, Any], /) -> ET.Element:
        self._depth += 1
        self._parts += 1 + len(attrs)
        if self._depth > _DEEP:
            raise TextRefused("The subtitles are nested deeper than any subtitles are.")
        if self._parts > _PARTS_MAX:
            raise TextRefused(f"The subtitles have more than {_PARTS_MAX} elements and attributes; no film's have.")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)


def tree_of(text: str) -> ET.Element:
    """`text` is decoded already: what it says of its encoding is not asked again."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise TextRefused(
            "The subtitles declare a document type or entities, which may grow without end or fetch other files. "
            "Export them as plain TTML, without <!DOCTYPE>."
        )
    if _PIECE.search(text):
        raise TextRefused(
            f"The subtitles hold {_PIECE_MAX} characters without a tag, as pictures and fonts do and words do not. "
            "Export them as plain TTML."
        )
    declared = _DECLARED.match(text)
    parser = ET.XMLParser(target=_Shallow())  # noqa: S314 - without a document type there is nothing to expand or fetch
    try:
        parser.feed(text[declared.end() :] if declared else text)
        root: ET.Element = parser.close()
    except ET.ParseError as error:
        raise TextRefused(f"The subtitles are not well-formed XML: {error}.") from None
    return root
