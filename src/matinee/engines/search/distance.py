"""How many slips lie between two words: letters changed, missing, added, or two neighbors exchanged.

Bit-parallel, after Hyyrö: a column of the table of distances is two integers, so that a comparison takes as many steps as the
word has letters.
"""

from functools import lru_cache


class Pattern:
    """One word that many are compared with."""

    __slots__ = ("_bits", "_last", "_mask", "length", "letters", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.length = len(text)
        self.letters = letters(text)
        self._mask = (1 << self.length) - 1
        self._last = 1 << (self.length - 1)
        self._bits: dict[str, int] = {}
        for at, char in enumerate(text):
            self._bits[char] = self._bits.get(char, 0) | (1 << at)

    def distance(self, word: str) -> int:
        return self._run(word)[0]

    def distance_to_beginning(self, word: str) -> int:
        """To the beginning of the word that is nearest."""
        return self._run(word)[1]

    def _run(self, word: str) -> tuple[int, int]:
        mask, last, bits = self._mask, self._last, self._bits
        plus, minus, zero, before = mask, 0, 0, 0
        off = nearest = self.length
        for char in word:
            here = bits.get(char, 0)
            swapped = (((~zero) & here) << 1) & before
            zero = ((((here & plus) + plus) ^ plus) | here | minus | swapped) & mask
            up = minus | (~(zero | plus) & mask)
            down = zero & plus
            if up & last:
                off += 1
            elif down & last:
                off -= 1
            if off < nearest:
                nearest = off
            up = ((up << 1) | 1) & mask
            down = (down << 1) & mask
            plus = down | (~(zero | up) & mask)
            minus = up & zero
            before = here
        return off, nearest


@lru_cache(32_768)
def letters(word: str) -> int:
    """Which letters it has, as bits: words that share too few need not be compared."""
    found = 0
    for char in word:
        found |= 1 << (ord(char) & 63)
    return found
