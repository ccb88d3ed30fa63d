"""An upload as a person's browser sends it, over a service that is killed under it."""

import base64
import hashlib
import http.client
import os
import random
import signal
from pathlib import Path

import pytest

from tests.running import Service, companion_of, new_service, running, wait_until

pytestmark = pytest.mark.ffmpeg
PART_BYTES, SENT_BYTES = 8 << 20, 6 << 20
"""A part as the console sends it, and how much of one arrives: more than is kept in memory."""


class Line:
    """One upload's way to the service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._headers = {"authorization": f"Bearer {service.operator()}", "tus-resumable": "1.0.0"}
        self.place = ""

    def begin(self, data: bytes) -> None:
        words = base64.b64encode(hashlib.sha256(data).hexdigest().encode()).decode()
        headers = {"upload-length": str(len(data)), "upload-metadata": f"sha256 {words}"}
        self.place = self._call("POST", "/api/v1/content/uploads", headers)["location"]

    def offset(self) -> int:
        return int(self._call("HEAD", self.place, {})["upload-offset"])

    def send(self, data: bytes, offset: int) -> int:
        return int(self._call("PATCH", self.place, self._at(offset), data)["upload-offset"])

    def break_off(self, data: bytes, sent: int) -> http.client.HTTPConnection:
        """The first part, of which only the beginning has left."""
        line = self._connection()
        line.putrequest("PATCH", self.place)
        for name, value in {**self._headers, **self._at(0), "content-length": str(PART_BYTES)}.items():
            line.putheader(name, value)
        line.endheaders()
        line.send(data[:sent])
        return line

    def _at(self, offset: int) -> dict[str, str]:
        return {"upload-offset": str(offset), "content-type": "application/offset+octet-stream"}

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._service.port, timeout=30)

    def _call(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> http.client.HTTPMessage:
        line = self._connection()
        try:
            line.request(method, path, body, {**self._headers, **headers})
            answer = line.getresponse()
            words = answer.read()
            assert answer.status < 300, words
            return answer.headers
        finally:
            line.close()


def test_an_upload_goes_on_where_it_was_when_the_service_was_killed_under_it(tmp_path: Path) -> None:
    data = random.Random(4).randbytes(PART_BYTES + 1000)
    with running(new_service(tmp_path, split=False)) as service:
        assert service.process is not None
        upload = Line(service)
        upload.begin(data)
        broken = upload.break_off(data, SENT_BYTES)
        wait_until(lambda: upload.offset() > 0, service.log)
        promised = upload.offset()
        main = service.process.pid
        house = companion_of(main, "up")
        assert house is not None
        os.kill(house, signal.SIGKILL)
        broken.close()
        wait_until(lambda: companion_of(main, "up") not in (None, house), service.log)
        wait_until(lambda: service.alive() and service.is_ready(), service.log)
        there = upload.offset()
        assert promised <= there <= SENT_BYTES
        # The service hashes what it has before it says yes: one byte twice, or one too few, and it is refused.
        at = upload.send(data[there:PART_BYTES], there)
        assert upload.send(data[at:], at) == len(data)
