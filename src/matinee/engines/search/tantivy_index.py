"""Search in this process: Tantivy, a Lucene-like index in a folder. Words, beginnings of words, words with mistakes.

The index is derived data: catalog can always put everything again. One process writes, any number read.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

import tantivy
from tantivy import Occur

from matinee.engines.search.port import Document, Hit, Query
from matinee.engines.search.words import index_terms, query_terms
from matinee.kernel.errors import MatineeError
from matinee.wire.encoding import from_json, to_json

_WRITER_HEAP_BYTES = 20_000_000
_EXACT, _PREFIX, _FUZZY = 4.0, 1.5, 0.6
_LANGUAGE_BONUS = 1.0
_TERMS_MAX = 12
"""A longer query is a pasted paragraph; its first words decide."""


class IndexMadeOtherwise(MatineeError):
    """The folder holds an index with other fields; it has to be rebuilt."""

    def __init__(self, root: Path) -> None:
        super().__init__(
            f"The search index in {root} has other fields. Delete the folder; it is filled again from the catalog."
        )


class TantivySearch:
    """`weights` names the searched fields and how much each counts; documents may have fewer fields."""

    def __init__(self, root: Path, weights: Mapping[str, float]) -> None:
        self._weights = dict(weights)
        self._schema = _schema(self._weights)
        self._index = _open(root, self._schema, sorted(self._weights))
        self._writer: tantivy.IndexWriter | None = None
        self._writing = Lock()

    async def put(self, documents: Sequence[Document]) -> None:
        if documents:
            await asyncio.to_thread(self._put, documents)

    async def remove(self, ids: Sequence[str]) -> None:
        if ids:
            await asyncio.to_thread(self._remove, ids)

    async def query(self, query: Query) -> list[Hit]:
        return await asyncio.to_thread(self._query, query)

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _put(self, documents: Sequence[Document]) -> None:
        latest = {_key(document.id, document.language): document for document in documents}
        with self._writing:
            writer = self._open_writer()
            for key, document in latest.items():
                writer.delete_documents_by_term("key", key)
                writer.add_document(_stored(key, document, self._weights))
            self._commit(writer)

    def _remove(self, ids: Sequence[str]) -> None:
        with self._writing:
            writer = self._open_writer()
            for removed in ids:
                writer.delete_documents_by_term("id", removed)
            self._commit(writer)

    def _open_writer(self) -> tantivy.IndexWriter:
        """Lazily: the writer locks the folder, and a process that only reads must not."""
        if self._writer is None:
            self._writer = self._index.writer(heap_size=_WRITER_HEAP_BYTES, num_threads=1)
        return self._writer

    def _commit(self, writer: tantivy.IndexWriter) -> None:
        try:
            writer.commit()
        except BaseException:
            writer.rollback()
            raise
        self._index.reload()

    def _close(self) -> None:
        with self._writing:
            if self._writer is not None:
                self._writer.wait_merging_threads()
                self._writer = None

    def _query(self, query: Query) -> list[Hit]:
        terms = query_terms(query.text)[:_TERMS_MAX]
        if query.text.strip() and not terms:
            return []  # punctuation only: asking for everything was not meant
        built = _build(self._schema, self._weights, terms, query)
        self._index.reload()
        searcher = self._index.searcher()
        # A title has a document in each language but one place in the answer, so ask for more until there are enough.
        wanted = max(1, query.limit * 2)
        while True:
            if terms:
                found = searcher.search(built, limit=wanted, count=False, weight_by_field="boost").hits
            else:
                found = searcher.search(built, limit=wanted, count=False, order_by_field="popularity").hits
            hits: dict[str, Hit] = {}
            for score, address in found:
                name = str(searcher.doc(address).get_first("id"))
                hits.setdefault(name, Hit(name, float(score)))
            if len(hits) >= query.limit or len(found) < wanted:
                return list(hits.values())[: query.limit]
            wanted *= 4


def _schema(weights: Mapping[str, float]) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("key", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("language", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("tags", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_float_field("popularity", stored=False, indexed=False, fast=True)
    builder.add_float_field("boost", stored=False, indexed=False, fast=True)
    for name in sorted(weights):
        builder.add_text_field(_field(name), stored=False, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _open(root: Path, schema: tantivy.Schema, fields: list[str]) -> tantivy.Index:
    root.mkdir(parents=True, exist_ok=True)
    marker = root / "fields.json"
    if tantivy.Index.exists(str(root)):
        if not marker.exists() or from_json(marker.read_bytes(), list[str]) != fields:
            raise IndexMadeOtherwise(root)
        return tantivy.Index.open(str(root))
    marker.write_bytes(to_json(fields))
    return tantivy.Index(schema, path=str(root))


def _stored(key: str, document: Document, weights: Mapping[str, float]) -> tantivy.Document:
    stored = tantivy.Document()
    stored.add_text("id", document.id)
    stored.add_text("key", key)
    stored.add_text("language", document.language)
    for tag in document.tags:
        stored.add_text("tags", tag)
    stored.add_float("popularity", document.popularity)
    # Popularity breaks ties between equally good words; it must not lift a poor match over a good one, hence the log.
    stored.add_float("boost", 1.0 + 0.15 * math.log1p(max(0.0, document.popularity)))
    for name in weights:
        if text := document.fields.get(name):
            stored.add_text(_field(name), " ".join(index_terms(text)))
    return stored


def _build(
    schema: tantivy.Schema, weights: Mapping[str, float], terms: list[tuple[str, bool]], query: Query
) -> tantivy.Query:
    clauses: list[tuple[Occur, tantivy.Query]] = []
    for alternatives in query.any_of:
        tags = [(Occur.Should, tantivy.Query.term_query(schema, "tags", tag)) for tag in alternatives]
        clauses.append(
            (
                Occur.Must,
                tantivy.Query.const_score_query(
                    tantivy.Query.boolean_query(tags) if tags else tantivy.Query.empty_query(), 0.0
                ),
            )
        )
    if terms:
        asked = [(Occur.Should, _asked(schema, weights, term, is_word)) for term, is_word in terms]
        # Two words must both be there; of more, three quarters, so that one wrong word does not hide the film.
        enough = len(terms) if len(terms) <= 2 else math.ceil(0.75 * len(terms))
        clauses.append((Occur.Must, tantivy.Query.boolean_query(asked, minimum_number_should_match=enough)))
    else:
        clauses.append((Occur.Must, tantivy.Query.all_query()))
    if query.language is not None:
        preferred = tantivy.Query.const_score_query(
            tantivy.Query.term_query(schema, "language", query.language), _LANGUAGE_BONUS
        )
        clauses.append((Occur.Should, preferred))
    return tantivy.Query.boolean_query(clauses)


def _asked(schema: tantivy.Schema, weights: Mapping[str, float], term: str, is_word: bool) -> tantivy.Query:
    """One term in any field: the best of exact, beginning and near counts, not their sum."""
    ways: list[tantivy.Query] = []
    for name, weight in weights.items():
        field = _field(name)
        ways.append(
            tantivy.Query.boost_query(
                tantivy.Query.term_query(schema, field, term, index_option="freq"), _EXACT * weight
            )
        )
        if not is_word:
            continue
        if len(term) >= 2:
            begins = tantivy.Query.fuzzy_term_query(schema, field, term, distance=0, prefix=True)
            ways.append(tantivy.Query.boost_query(begins, _PREFIX * weight))
        if (mistakes := _mistakes_allowed(term)) > 0:
            near = tantivy.Query.fuzzy_term_query(schema, field, term, distance=mistakes, prefix=len(term) >= 5)
            ways.append(tantivy.Query.boost_query(near, _FUZZY * weight))
    return tantivy.Query.disjunction_max_query(ways, tie_breaker=0.1)


def _mistakes_allowed(term: str) -> int:
    """Short words are too near to each other: `cat` is not a mistaken `car`."""
    return 0 if len(term) < 4 else 1 if len(term) < 8 else 2


def _field(name: str) -> str:
    return f"text_{name}"


def _key(document_id: str, language: str) -> str:
    return f"{document_id}\n{language}"
