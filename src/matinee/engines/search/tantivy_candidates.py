"""What is asked of the index in a folder: documents that may be meant. Which of them is, others decide."""

import math
from collections.abc import Collection

import tantivy
from tantivy import Occur

from matinee.engines.search.analysis import BEGINNING_MAX, Asked, Token, grams, slips
from matinee.engines.search.port import Query
from matinee.engines.search.words import index_terms

_EXACT, _IN_PROSE, _BEGINS, _NEAR, _SOUNDS, _WHOLE = 3.0, 1.9, 1.6, 1.2, 0.9, 5.0
_RARITY = 0.05
"""Of how rare the words are, beside how near: enough to order what is equally near."""
_LANGUAGE_BONUS = 0.3


class Candidates:
    def __init__(self, schema: tantivy.Schema, asked: Asked, query: Query) -> None:
        self._schema = schema
        self._asked = asked
        self._query = query

    def by_words(self) -> tantivy.Query:
        """Most of the words, each as it is, as a beginning, with a mistake or by its sound; or the whole name at once."""
        tokens = self._asked.tokens
        each = [(Occur.Should, self._token(token)) for token in tokens]
        counted = sum(token.weight > 0.3 for token in tokens) or len(tokens)
        enough = counted if counted <= 1 else math.ceil(0.5 * counted)
        together = tantivy.Query.boolean_query(each, minimum_number_should_match=enough)
        ways = [(Occur.Should, together), *((Occur.Should, whole) for whole in self._whole())]
        return filtered(self._schema, self._query, tantivy.Query.boolean_query(ways))

    def by_letters(self) -> tantivy.Query | None:
        joined = self._asked.latin or self._asked.joined
        if len(joined) < 3:
            return None
        found = [(Occur.Should, self._term("grams", gram)) for gram in sorted(grams(joined))]
        if not self._asked.joined.isascii():
            found += [(Occur.Should, self._term("grams", gram)) for gram in sorted(grams(self._asked.joined))]
        enough = max(1, math.ceil(0.4 * len(found)))
        return filtered(
            self._schema, self._query, tantivy.Query.boolean_query(found, minimum_number_should_match=enough)
        )

    def _token(self, token: Token) -> tantivy.Query:
        terms = index_terms(token.text) if token.is_unspaced else [token.text]
        ways = [
            _constant(self._pairs(terms) if token.is_unspaced else self._term("words", token.text), _IN_PROSE),
            _constant(self._any("near", token.forms), _EXACT),
        ]
        if not token.is_unspaced:
            ways.append(_constant(self._any("begins", {form[:BEGINNING_MAX] for form in token.forms[:2]}), _BEGINS))
            ways.append(
                _constant(self._any("slips", {slip for form in token.forms[:2] for slip in slips(form)}), _NEAR)
            )
            if token.sound:
                ways.append(_constant(self._term("sounds", token.sound), _SOUNDS))
        near = tantivy.Query.boost_query(tantivy.Query.disjunction_max_query(ways), token.weight)
        rarity = [(Occur.Should, tantivy.Query.boost_query(self._term("words", term), _RARITY)) for term in terms]
        return tantivy.Query.boolean_query([(Occur.Must, near), *rarity])

    def _pairs(self, terms: list[str]) -> tantivy.Query:
        pairs = [term for term in terms if len(term) > 1] or terms
        return tantivy.Query.boolean_query(
            [(Occur.Should, self._term("words", pair)) for pair in pairs],
            minimum_number_should_match=max(1, math.ceil(0.6 * len(pairs))),
        )

    def _whole(self) -> list[tantivy.Query]:
        joined = {self._asked.joined, self._asked.latin}
        if len(self._asked.joined) < 3:
            return []
        return [
            _constant(self._any("whole", joined), _WHOLE),
            _constant(self._any("begins", {f"^{one[:BEGINNING_MAX]}" for one in joined}), 0.4 * _WHOLE),
        ]

    def _any(self, field: str, terms: Collection[str]) -> tantivy.Query:
        """Each by itself: a query for a set looks through the whole vocabulary."""
        return tantivy.Query.boolean_query([(Occur.Should, self._term(field, term)) for term in terms])

    def _term(self, field: str, text: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, text, index_option="basic")


def filtered(schema: tantivy.Schema, query: Query, wanted: tantivy.Query) -> tantivy.Query:
    """Before ranking: what does not pass is no candidate."""
    clauses = [(Occur.Must, wanted)]
    for alternatives in query.any_of:
        tags = (
            tantivy.Query.term_set_query(schema, "tags", list(alternatives))
            if alternatives
            else tantivy.Query.empty_query()
        )
        clauses.append((Occur.Must, tantivy.Query.const_score_query(tags, 0.0)))
    if query.language is not None:
        preferred = tantivy.Query.term_query(schema, "language", query.language)
        clauses.append((Occur.Should, tantivy.Query.const_score_query(preferred, _LANGUAGE_BONUS)))
    return tantivy.Query.boolean_query(clauses)


def _constant(query: tantivy.Query, score: float) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, score)
