"""Who is blamed: kept on the database, so that all instances leave an edge, and in memory for each decision."""

from collections.abc import Collection

from matinee.control.steering.model.blame import TOGETHER, Sentence, are_enough, left, sentenced, share_of
from matinee.control.steering.store import audience as store
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.quantities import Instant


class Blaming:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._sentences: dict[str, Sentence] = {}

    async def look(self) -> None:
        """Read what others know by now."""
        self._sentences = {each.pathway: each for each in await self._database.read(store.sentences)}

    async def take(self, pathway: str, member: str, *, serves: int) -> bool:
        """Whether the edge is left for it. While it is, more of the same is not written down."""
        now = self._clock.now()
        before = self._sentences.get(pathway)
        if before is not None and now < before.until:
            return False

        def work(work: Work) -> Sentence | None:
            edges_blamed = store.blame(work, pathway, member, at=now, since=now - TOGETHER)
            if not are_enough(edges_blamed, serves=serves):
                return None
            sentence = sentenced(pathway, before, len(edges_blamed), at=now)
            store.put_sentence(work, sentence)
            return sentence

        sentence = await self._database.write(work)
        if sentence is not None:
            self._sentences[pathway] = sentence
        return sentence is not None

    def is_anybody_left(self, *, at: Instant) -> bool:
        return any(at < each.until for each in self._sentences.values())

    def left(self, *, edges: Collection[str], origins: Collection[str], at: Instant) -> frozenset[str]:
        return left(self._sentences.values(), edges=edges, origins=origins, at=at)

    def share(self, pathway: str, *, at: Instant) -> float:
        """Of one that is not left."""
        return share_of(self._sentences.get(pathway), at=at) or 1.0

    def reason(self, pathway: str, *, at: Instant) -> str:
        """Empty: nobody blames it, or not enough do."""
        sentence = self._sentences.get(pathway)
        if sentence is None or at >= sentence.until:
            return ""
        seconds = round((sentence.until - at).total_seconds())
        return (
            f"It is blamed: {sentence.witnesses} members could not fetch from it what others served. It is tried again "
            f"in {seconds} seconds."
        )
