"""Production's outside door, for operators: masters in (tus 1.0), journeys watched and steered."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from litestar import Request, Response, delete, get, head, patch, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from matinee.kernel.context import request_id
from matinee.kernel.errors import InvalidInput
from matinee.studio.production.api import (
    SOUND_CODECS,
    ArtworkCandidate,
    Decision,
    FileRef,
    IngestRequest,
    Metadata,
    Production,
    ReviewItem,
    Upload,
    VersionReport,
    VersionStatus,
    WorkerStatus,
)
from matinee.wire.callers import Caller
from matinee.wire.problems import MEDIA_TYPE, document
from matinee.wire.releases import SoundCodec, VideoCodec

_TUS = "1.0.0"
_UPLOADS = "/content/uploads"
_PART_TYPE = "application/offset+octet-stream"
_DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class IngestBody:
    """`master_url` is what `POST /content/uploads` answered: masters are uploaded, never fetched from elsewhere."""

    master_url: str
    metadata: Metadata = field(default_factory=Metadata)
    title_id: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    """The sidecar's file names, each with its upload's URL."""
    profiles: tuple[Literal["fast", "full"], ...] = ("fast", "full")
    sound_codecs: tuple[SoundCodec, ...] = SOUND_CODECS
    codecs: tuple[VideoCodec, ...] = ("h264",)
    """Of the full release. H.264 is made in any case."""
    priority: int = 100
    """Lower goes first: a premiere has 1."""


@dataclass(frozen=True, slots=True)
class PriorityBody:
    priority: int


@dataclass(frozen=True, slots=True)
class WorkersBody:
    workers: tuple[WorkerStatus, ...]


@dataclass(frozen=True, slots=True)
class DecisionBody:
    decision: Decision
    reason: str = ""
    release_id: str | None = None
    """The version that was looked at; the newest unless it is said."""


@dataclass(frozen=True, slots=True)
class ReviewBody:
    items: tuple[ReviewItem, ...]


@dataclass(frozen=True, slots=True)
class JourneyBody:
    versions: tuple[VersionStatus, ...]


def routes(production: Production) -> list[HTTPRouteHandler]:
    return [
        *_upload_routes(production),
        *_journey_routes(production),
        *_steering_routes(production),
        *_review_routes(production),
    ]


def _upload_routes(production: Production) -> list[HTTPRouteHandler]:
    @post(_UPLOADS, status_code=201, summary="Begin a resumable upload (tus)", opt={"bare": True})
    async def begin(request: Request[Any, Any, Any], operator: NamedDependency[Caller]) -> Response[None]:
        metadata = _tus_metadata(request.headers.get("upload-metadata", ""))
        length = _number(request.headers.get("upload-length"), "Upload-Length")
        upload = await production.begin_upload(
            metadata.get("filename", "upload"), length, sha256=metadata.get("sha256")
        )
        place = f"{str(request.url.path).rstrip('/')}/{upload.id}"
        return Response(None, status_code=201, headers={**_tus_headers(upload), "location": place})

    @head(_UPLOADS + "/{upload_id:str}", summary="How far an upload is (tus)", opt={"bare": True})
    async def offset(upload_id: FromPath[str], operator: NamedDependency[Caller]) -> Response[None]:
        upload = await production.upload(upload_id)
        headers = {**_tus_headers(upload), "upload-length": str(upload.length), "cache-control": "no-store"}
        return Response(None, headers=headers)

    @patch(
        _UPLOADS + "/{upload_id:str}",
        status_code=204,
        summary="The next part (tus)",
        opt={"bare": True, "audit": False},
    )
    async def part(
        upload_id: FromPath[str], request: Request[Any, Any, Any], operator: NamedDependency[Caller]
    ) -> Response[None]:
        if request.headers.get("content-type") != _PART_TYPE:
            raise InvalidInput(f"A part is sent as {_PART_TYPE}.", field="Content-Type")
        at = _number(request.headers.get("upload-offset"), "Upload-Offset")
        upload = await production.upload_part(upload_id, at, request.stream())
        return Response(None, status_code=204, headers=_tus_headers(upload))

    @delete(_UPLOADS + "/{upload_id:str}", status_code=204, summary="Give an upload up (tus)", opt={"bare": True})
    async def end(upload_id: FromPath[str], operator: NamedDependency[Caller]) -> None:
        await production.end_upload(upload_id)

    for handler in (begin, offset, part, end):
        handler.before_request = _same_version
    return [begin, offset, part, end]


def _journey_routes(production: Production) -> list[HTTPRouteHandler]:
    @post("/content/ingest", status_code=202, summary="Take a master in and begin its journey")
    async def ingest(data: JSONBody[IngestBody], operator: NamedDependency[Caller]) -> VersionStatus:
        return await production.ingest(
            IngestRequest(
                master=_upload_ref(data.master_url, "master_url"),
                metadata=data.metadata,
                title_id=data.title_id,
                files={name: _upload_ref(url, name) for name, url in data.files.items()},
                profiles=data.profiles,
                sound_codecs=data.sound_codecs,
                priority=data.priority,
                codecs=data.codecs,
            )
        )

    @get(
        "/content/queue", summary="Everything under way, most urgent first, then what failed, or is out but in trouble"
    )
    async def queue(operator: NamedDependency[Caller]) -> JourneyBody:
        return JourneyBody(await production.queue())

    @get("/content/{title_id:str}/encoding-status", summary="Where a title's versions are")
    async def status(title_id: FromPath[str], operator: NamedDependency[Caller]) -> JourneyBody:
        return JourneyBody(await production.status(title_id))

    @get("/content/{title_id:str}/trailers", summary="Where a title's trailers are")
    async def trailers(title_id: FromPath[str], operator: NamedDependency[Caller]) -> JourneyBody:
        return JourneyBody(await production.trailers(title_id))

    @get("/content/workers", summary="Who works for the studio, and at what")
    async def workers(operator: NamedDependency[Caller]) -> WorkersBody:
        return WorkersBody(await production.workers())

    @delete("/content/{title_id:str}", status_code=204, summary="Delete a title for good, with all that was made of it")
    async def remove(
        title_id: FromPath[str],
        operator: NamedDependency[Caller],
        name: FromQuery[str] = "",
        reason: FromQuery[str] = "",
    ) -> None:
        shown = (await production.status(title_id))[0].name
        if name != shown:
            raise InvalidInput(
                f"This deletes {shown!r} for good: releases, master and all. If that is meant, say its name in ?name=.",
                field="name",
            )
        await production.delete(title_id, by=operator.account, reason=reason)

    @get("/content/{title_id:str}/artwork", summary="Frames that could be a title's artwork, the best first")
    async def artwork(title_id: FromPath[str], operator: NamedDependency[Caller]) -> list[ArtworkCandidate]:
        return list(await production.artwork(title_id))

    return [ingest, queue, workers, status, trailers, remove, artwork]


def _steering_routes(production: Production) -> list[HTTPRouteHandler]:
    @post("/content/{title_id:str}/priority", status_code=200, summary="Move a title forward or back in the queue")
    async def prioritize(
        title_id: FromPath[str], data: JSONBody[PriorityBody], operator: NamedDependency[Caller]
    ) -> JourneyBody:
        return JourneyBody(await production.prioritize(title_id, data.priority))

    @post("/content/{title_id:str}/pause", status_code=200, summary="Hold a title's journey")
    async def pause(title_id: FromPath[str], operator: NamedDependency[Caller]) -> JourneyBody:
        return JourneyBody(await production.pause(title_id))

    @post("/content/{title_id:str}/resume", status_code=200, summary="Go on after a pause or a failure")
    async def resume(title_id: FromPath[str], operator: NamedDependency[Caller]) -> JourneyBody:
        return JourneyBody(await production.resume(title_id))

    @post("/content/{title_id:str}/cancel", status_code=200, summary="End a title's journey")
    async def cancel(title_id: FromPath[str], operator: NamedDependency[Caller]) -> JourneyBody:
        return JourneyBody(await production.cancel(title_id))

    return [prioritize, pause, resume, cancel]


def _review_routes(production: Production) -> list[HTTPRouteHandler]:
    @get("/content/review", summary="Versions a person should look at: what was found, then a sample of the clean")
    async def review(operator: NamedDependency[Caller]) -> ReviewBody:
        return ReviewBody(await production.review())

    @get("/content/{title_id:str}/report", summary="Everything there is to judge a version by")
    async def report(
        title_id: FromPath[str], operator: NamedDependency[Caller], release_id: FromQuery[str | None] = None
    ) -> VersionReport:
        return await production.report(title_id, release_id)

    @get("/content/{title_id:str}/report/{release_id:str}/frames/{name:str}", summary="One picture of a report")
    async def picture(
        title_id: FromPath[str], release_id: FromPath[str], name: FromPath[str], operator: NamedDependency[Caller]
    ) -> Response[bytes]:
        found = await production.report_picture(title_id, release_id, name)
        return Response(found, media_type="image/jpeg", headers={"cache-control": "private, max-age=86400"})

    @post("/content/{title_id:str}/qc-decision", status_code=200, summary="A person's word on a version")
    async def decide(
        title_id: FromPath[str], data: JSONBody[DecisionBody], operator: NamedDependency[Caller]
    ) -> JourneyBody:
        await production.qc_decision(
            title_id, data.decision, by=operator.account, reason=data.reason, release_id=data.release_id
        )
        return JourneyBody(await production.status(title_id))

    return [review, report, picture, decide]


async def _same_version(request: Request[Any, Any, Any]) -> Response[Any] | None:
    """tus: whoever speaks another version is told ours, and nothing else is done. Who says none is taken at our word."""
    spoken = request.headers.get("tus-resumable", _TUS)
    if spoken == _TUS:
        return None
    sentence = f"This service speaks tus {_TUS}, not {spoken[:20]!r}. Send Tus-Resumable: {_TUS}."
    body = document(412, "tus-version-differs", sentence, request_id=request_id.get())
    headers = {"tus-resumable": _TUS, "tus-version": _TUS}
    return Response(body, status_code=412, media_type=MEDIA_TYPE, headers=headers)


def _tus_headers(upload: Upload) -> dict[str, str]:
    return {"tus-resumable": _TUS, "upload-offset": str(upload.offset)}


def _tus_metadata(text: str) -> Mapping[str, str]:
    """tus writes `name base64value,name base64value`."""
    found: dict[str, str] = {}
    for pair in filter(None, (item.strip() for item in text.split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise InvalidInput("Upload-Metadata is not what tus defines.", field="Upload-Metadata") from None
    return found


def _number(text: str | None, name: str) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > _DIGITS_MAX:
        raise InvalidInput(f"{name} is missing or not a number of at most {_DIGITS_MAX} digits.", field=name)
    return int(text)


def _upload_ref(url: str, name: str) -> FileRef:
    _, mark, upload_id = url.rpartition(f"{_UPLOADS}/")
    if not mark or not upload_id:
        raise InvalidInput(f"{name} must be the URL of an upload. Upload the file first.", field=name)
    return FileRef(upload_id=upload_id)
