"""How close a document is to what was asked: the one ranking of every engine, pure.

Closeness decides. Popularity, newness, the language and what the engine itself thought add so little that what is clearly
closer always comes first: by `EXTRAS_MAX` at the most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log1p

from matinee.engines.search.analysis import (
    Asked,
    Token,
    Value,
    grams,
    joined_latin,
    letters_of,
    weight_of,
    word_forms,
    word_sounds,
)
from matinee.engines.search.distance import Pattern, letters

CLOSE_MIN = 0.5
"""Below, it is not what was meant."""
_POPULARITY, _NEWNESS, _LANGUAGE = 0.04, 0.015, 0.02
EXTRAS_MAX = _POPULARITY + _NEWNESS + _LANGUAGE
_POPULAR = log1p(10_000.0)
_NEW_DAYS = 90.0
_COVERAGE, _WHOLE = 0.12, 0.03
_FIELD_LEAST = 0.75
_MEANT_MIN = 0.6
_AS_IT_IS = 0.8
_MISSING, _SMALL_WEIGHT = 0.06, 0.3
_SURE = 0.93
"""Then nobody need look at the name as a whole."""


def _likeness(token: Token, patterns: Sequence[Pattern], word: str) -> float:
    """Of a document's word to one that is asked for."""
    if word == token.text:
        return 1.0
    if token.is_unspaced and (found := _within(token.text, word)) >= _MEANT_MIN:
        return found
    best = 0.0
    for form in word_forms(word):
        for asked in token.forms:
            if form == asked:
                return 0.97
            if form.startswith(asked) and len(asked) >= 2 and not asked.isdigit():
                share = len(asked) / len(form)
                best = max(best, 0.9 + 0.07 * share if token.is_last else 0.8 + 0.12 * share)
        if best < _AS_IT_IS:
            best = max(best, max((_near(pattern, form, is_last=token.is_last) for pattern in patterns), default=0.0))
    if best < 0.72 and token.sound and token.sound in word_sounds(word):
        best = 0.72 if len(token.sound) >= 3 else 0.62
    return best


def _within(run: str, word: str) -> float:
    """Of a script without spaces: what is asked is a part of a run, or most of its pairs are."""
    if run in word:
        return 0.94 + 0.06 * len(run) / len(word)
    if len(run) < 2:
        return 0.0
    mine = grams(run)
    return 0.9 * len(mine & grams(word)) / len(mine)


def _near(pattern: Pattern, form: str, *, is_last: bool) -> float:
    length, size = pattern.length, max(pattern.length, len(form))
    allowed = 1 if size <= 5 else 2
    # Most words are told apart by their letters, without counting slips.
    if length > len(form) + allowed or (pattern.letters & ~letters(form)).bit_count() > allowed:
        return 0.0
    if size <= length + allowed:
        off = pattern.distance(form)
        if off <= allowed and size >= 3 and not (size == 3 and form[0] != pattern.text[0]):
            return 0.96 - 0.6 * off / size
    if is_last and 4 <= length < len(form) and pattern.distance_to_beginning(form) <= (1 if length < 8 else 2):
        return 0.9 - 0.6 / length
    return 0.0


@dataclass(slots=True)
class Judge:
    """Of one query, over the candidates that an engine found."""

    asked: Asked
    factors: Sequence[float]
    """By field: what a hit there is worth."""
    language: str | None
    day: int
    _tokens: Sequence[Token] = ()
    _patterns: list[list[Pattern]] = field(default_factory=list)
    _masks: list[tuple[int, int]] = field(default_factory=list)
    """Of each form that is asked for: its letters, and how many of them a word may lack."""
    _sounds: frozenset[str] = frozenset()
    _alike: dict[str, list[float]] = field(default_factory=dict)
    """Of words of documents to each token; of most words, which are like none, nothing."""
    _known: set[str] = field(default_factory=set)
    _total: float = 0.0
    _whole: Pattern | None = None
    _grams: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._tokens = self.asked.tokens
        self._patterns = [[Pattern(f) for f in t.forms if len(f) >= 3 and not f.isdigit()] for t in self._tokens]
        forms = {form for token in self._tokens for form in token.forms}
        self._masks = [(letters(f), 0 if len(f) < 3 else 1 if len(f) <= 5 else 2) for f in forms]
        self._sounds = frozenset(token.sound for token in self._tokens if token.sound)
        self._total = sum(token.weight for token in self._tokens)
        self._whole = Pattern(self.asked.latin) if len(self.asked.latin) >= 4 else None
        self._grams = grams(self.asked.latin)

    def all(self, candidates: Sequence[Sequence[Value]]) -> list[float]:
        """Of each. Names are looked at as a whole where none has the words as they were asked for."""
        self._get_to_know({word for its in candidates for value in its for word in value.words})
        found = [self._by_words(its) for its in candidates]
        if max(found, default=0.0) < _SURE:
            found = [max(close, self._as_wholes(its)) for close, its in zip(found, candidates, strict=True)]
        return found

    def extras(self, *, language: str, popularity: float, day: int) -> float:
        popular = min(1.0, log1p(max(0.0, popularity)) / _POPULAR)
        new = max(0.0, 1.0 - abs(self.day - day) / _NEW_DAYS) if day else 0.0
        return _POPULARITY * popular + _NEWNESS * new + (_LANGUAGE if language == self.language else 0.0)

    def closeness(self, its: Sequence[Value]) -> float:
        return self.all([its])[0]

    def _get_to_know(self, words: set[str]) -> None:
        unspaced = any(token.is_unspaced for token in self._tokens)
        for word in words - self._known:
            if self._may_be_alike(word) or (unspaced and not word.isascii()):
                pairs = zip(self._tokens, self._patterns, strict=True)
                likeness = [_likeness(token, patterns, word) for token, patterns in pairs]
                if any(likeness):
                    self._alike[word] = likeness
        self._known |= words

    def _may_be_alike(self, word: str) -> bool:
        lacks = ~letters_of(word)
        for asked, allowed in self._masks:
            if (asked & lacks).bit_count() <= allowed:
                return True
        return any(said in self._sounds for said in word_sounds(word))

    def _by_words(self, its: Sequence[Value]) -> float:
        best = [0.0] * len(self._tokens)
        covered = 0.0
        for value in its:
            factor = self.factors[value.field]
            if value.prose:
                self._in_prose(value, factor, best)
                continue
            alike = self._alike
            here = [word for word in value.words if word in alike]
            if here:
                covered = max(covered, self._in_value(value, here, factor, best))
        pairs = list(zip(self._tokens, best, strict=True))
        met = sum(token.weight * found for token, found in pairs)
        close = met / self._total * (1.0 - _COVERAGE) + _COVERAGE * covered
        return close - _MISSING if any(not found and token.weight > _SMALL_WEIGHT for token, found in pairs) else close

    def _in_value(self, value: Value, here: Sequence[str], factor: float, best: list[float]) -> float:
        """How much of the value is asked for, by how much of what is asked is in it."""
        met = covered = size = 0.0
        seen: dict[str, float] = {}
        for at, token in enumerate(self._tokens):
            likest, where = max((self._alike[word][at], word) for word in here)
            if likest:
                best[at] = max(best[at], likest * factor)
                met += token.weight * likest
                seen[where] = max(seen.get(where, 0.0), likest)
        for word in value.words:
            weight = weight_of(word)
            size += weight
            covered += weight * seen.get(word, 0.0)
        found, share = covered / size, met / self._total
        is_it = found > 0.999 and share > 0.999 and "".join(value.words) == self.asked.joined
        return found * share * factor + (_WHOLE / _COVERAGE * factor if is_it else 0.0)

    def _in_prose(self, value: Value, factor: float, best: list[float]) -> None:
        for at, token in enumerate(self._tokens):
            text = token.text
            if best[at] < factor and text in value.prose:
                if token.is_unspaced or f" {text} " in value.prose:
                    best[at] = factor
                elif token.is_last and len(text) > 2 and f" {text}" in value.prose:
                    best[at] = max(best[at], 0.92 * factor)

    def _as_wholes(self, its: Sequence[Value]) -> float:
        return max((self._as_a_whole(value) * self.factors[value.field] for value in its if value.words), default=0.0)

    def _as_a_whole(self, value: Value) -> float:
        """Without spaces: words that were joined or split, several mistakes, a part from the middle."""
        if self._whole is None:
            return _within(self.asked.joined, "".join(value.words)) if len(self.asked.joined) >= 4 else 0.0
        usual, other = joined_latin(value.words), joined_latin(value.words, 1)
        best = self._whole_latin(self._whole, usual)
        return best if other == usual else max(best, self._whole_latin(self._whole, other))

    def _whole_latin(self, pattern: Pattern, latin: str) -> float:
        length, size = pattern.length, len(latin)
        allowed = 1 + max(length, size) // 7
        if not size or (pattern.letters & ~letters(latin)).bit_count() > allowed:
            return 0.0
        if latin.startswith(pattern.text):
            return 0.99 if size == length else 0.88 + 0.08 * length / size
        if abs(length - size) <= allowed and (off := pattern.distance(latin)) <= allowed:
            return 0.97 - 0.9 * off / max(length, size)
        shared = len(self._grams & grams(latin)) / len(self._grams)
        return 0.84 * shared * (0.9 + 0.1 * min(1.0, length / size)) if shared >= 0.5 else 0.0

    def meant(self, its: Sequence[Value]) -> str:
        """The query with each mistaken word as this document has it; empty where none was, or no word is near."""
        corrected, changed = [], False
        for at, token in enumerate(self._tokens):
            here = [(self._alike[word][at], word) for value in its for word in value.words if word in self._alike]
            likeness, word = max(here, default=(0.0, ""))
            is_mistaken = _MEANT_MIN <= likeness < 0.955 and not any(f.startswith(token.text) for f in word_forms(word))
            corrected.append(word if is_mistaken else token.text)
            changed = changed or is_mistaken
        return " ".join(corrected) if changed else ""


def factors(weights: Mapping[str, float]) -> list[float]:
    """By field, in the order of their names: the heaviest counts whole."""
    heaviest = max(weights.values())
    return [_FIELD_LEAST + (1.0 - _FIELD_LEAST) * weights[name] / heaviest for name in sorted(weights)]
