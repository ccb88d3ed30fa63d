"""Search in this process: Tantivy, a Lucene-like index in a folder. Words, beginnings of words, words with mistakes.

The index is derived data: catalog can always put everything again. One process writes, any number read.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
import tantivy

from matinee.engines.search.analysis import (
    asked,
    beginnings,
    grams,
    joined_latin,
    packed,
    slips,
    unpacked,
    values,
    word_forms,
    word_sounds,
)
from matinee.engines.search.closeness import CLOSE_MIN, Judge, factors
from matinee.engines.search.port import UNCOUNTED, Document, Hit, Query
from matinee.engines.search.tantivy_candidates import Candidates, filtered
from matinee.engines.search.words import index_terms
from matinee.wire.encoding import from_json, to_json

_WRITER_HEAP_BYTES = 20_000_000
_FORM = "2"
"""Of what is stored; an index of another form is made anew."""
_CANDIDATES, _MORE_CANDIDATES = 30, 30
_CLOSE_ENOUGH = 0.86
"""Where nothing is as close, names are looked for by their letters, three at a time."""


class TantivySearch:
    """`weights` names the searched fields and how much each counts; documents may have fewer fields."""

    def __init__(self, root: Path, weights: Mapping[str, float]) -> None:
        self._weights = dict(weights)
        self._factors = factors(weights)
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
        what = asked(query.text)
        if query.text.strip() and not what.tokens:
            return []  # punctuation only: asking for everything was not meant
        self._index.reload()
        searcher = self._index.searcher()
        if not what.tokens:
            return self._all(searcher, query)
        judge = Judge(what, self._factors, query.language, query.day)
        seen: dict[str, Hit] = {}
        by_words = Candidates(self._schema, what, query)
        wanted = max(_CANDIDATES, 2 * query.limit)
        while True:
            found = searcher.search(by_words.by_words(), limit=wanted, count=False).hits
            self._judge(searcher, found, judge, seen)
            if len(seen) >= query.limit or len(found) < wanted or wanted >= 8 * query.limit:
                break
            wanted *= 4
        if max((hit.score for hit in seen.values()), default=0.0) < _CLOSE_ENOUGH and (
            letters := by_words.by_letters()
        ):
            found = searcher.search(letters, limit=_MORE_CANDIDATES, count=False).hits
            self._judge(searcher, found, judge, seen)
        return sorted(seen.values(), key=lambda hit: (-hit.score, hit.id))[: query.limit]

    def _judge(
        self, searcher: tantivy.Searcher, found: Sequence[tuple[Any, Any]], judge: Judge, seen: dict[str, Hit]
    ) -> None:
        """Each candidate by how close it really is; of a title's languages the closest counts."""
        stored = [_kept(searcher, address) for _, address in found]
        candidates = [unpacked(one.values) for one in stored]
        for one, its, closeness in zip(stored, candidates, judge.all(candidates), strict=True):
            if closeness < CLOSE_MIN:
                continue
            score = closeness + judge.extras(language=one.language, popularity=one.popularity, day=one.day)
            known = seen.get(one.id)
            if known is None or known.score < score:
                seen[one.id] = Hit(one.id, score, tuple(one.tags.split()), judge.meant(its))

    def _all(self, searcher: tantivy.Searcher, query: Query) -> list[Hit]:
        # A title has a document in each language but one place in the answer, so ask for more until there are enough.
        built, wanted = filtered(self._schema, query, tantivy.Query.all_query()), max(1, query.limit * 2)
        while True:
            found = searcher.search(built, limit=wanted, count=False, order_by_field="popularity").hits
            hits: dict[str, Hit] = {}
            for popularity, address in found:
                stored = _kept(searcher, address)
                hits.setdefault(stored.id, Hit(stored.id, float(popularity), tuple(stored.tags.split())))
            if len(hits) >= query.limit or len(found) < wanted:
                return list(hits.values())[: query.limit]
            wanted *= 4


class Stored(msgspec.Struct, frozen=True, array_like=True):
    id: str
    language: str
    popularity: float
    day: int
    tags: str
    """Those to count by, with spaces between."""
    values: str


_DECODER = msgspec.msgpack.Decoder(Stored)


def _kept(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> Stored:
    found: bytes = searcher.doc(address).get_first("stored") or b""
    return _DECODER.decode(found)


def _schema(weights: Mapping[str, float]) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("id", "key", "language", "tags"):
        builder.add_text_field(name, stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("stored", stored=True, indexed=False)
    builder.add_float_field("popularity", stored=False, indexed=False, fast=True)
    for name in ("words", "near", "begins", "slips", "sounds", "whole", "grams"):
        builder.add_text_field(name, stored=False, tokenizer_name="whitespace", index_option="basic")
    return builder.build()


def _open(root: Path, schema: tantivy.Schema, fields: list[str]) -> tantivy.Index:
    """What is there in another form is thrown away: the catalog, which sees the mark gone, puts everything again."""
    root.mkdir(parents=True, exist_ok=True)
    marker, form = root / "fields.json", [_FORM, *fields]
    if tantivy.Index.exists(str(root)):
        if marker.exists() and from_json(marker.read_bytes(), list[str]) == form:
            return tantivy.Index.open(str(root))
        for file in root.iterdir():
            file.unlink()
    marker.write_bytes(to_json(form))
    return tantivy.Index(schema, path=str(root))


def _stored(key: str, document: Document, weights: Mapping[str, float]) -> tantivy.Document:
    names = sorted(weights)
    its = values(document.fields, names)
    stored = tantivy.Document()
    for name, text in (("id", document.id), ("key", key), ("language", document.language)):
        stored.add_text(name, text)
    for tag in document.tags:
        stored.add_text("tags", tag)
    stored.add_float("popularity", document.popularity)
    counted = " ".join(tag for tag in document.tags if not tag.startswith(UNCOUNTED))
    kept = Stored(document.id, document.language, document.popularity, document.day, counted, packed(its))
    stored.add_bytes("stored", msgspec.msgpack.encode(kept))
    short = [value.words for value in its if value.words]
    each = dict.fromkeys(word for its_words in short for word in its_words)
    forms = dict.fromkeys(form for word in each for form in word_forms(word))
    whole = dict.fromkeys(form for its_words in short for form in ("".join(its_words), *_latin(its_words)) if form)
    found_by = {
        "words": dict.fromkeys(term for name in names for term in index_terms(document.fields.get(name, ""))),
        "near": forms,
        "begins": dict.fromkeys(beginning for its_words in short for beginning in beginnings(its_words)),
        "slips": dict.fromkeys(slip for form in forms for slip in slips(form)),
        "sounds": dict.fromkeys(said for word in each for said in word_sounds(word)),
        "whole": whole,
        "grams": dict.fromkeys(gram for form in whole for gram in grams(form)),
    }
    for name, terms in found_by.items():
        stored.add_text(name, " ".join(terms))
    return stored


def _latin(its: tuple[str, ...]) -> tuple[str, ...]:
    return joined_latin(its), joined_latin(its, 1)


def _key(document_id: str, language: str) -> str:
    return f"{document_id}\n{language}"
