"""Steering over HTTP: one report out, one set of instructions back."""

from matinee.delivery.edge.api import ControlRefused, Instructions
from matinee.kernel.errors import Unavailable
from matinee.kernel.network import Network, Outgoing
from matinee.kernel.quantities import Span, seconds
from matinee.wire.encoding import from_json, to_json
from matinee.wire.health import HealthReport

_PATH = "/api/v1/edge/agent/health"


class HttpControl:
    """Implements `Control`. `token` is the appliance's own; it is sent to no one else."""

    def __init__(self, network: Network, control_url: str, token: str, *, timeout: Span = seconds(5)) -> None:
        self._network = network
        self._url = control_url.rstrip("/") + _PATH
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        self._timeout = timeout

    async def report(self, report: HealthReport) -> Instructions:
        answer = await self._network.fetch(
            Outgoing("POST", self._url, headers=self._headers, body=to_json(report), timeout=self._timeout)
        )
        if answer.status >= 500:
            raise Unavailable(f"Steering is not well at the moment, and answered {answer.status}.")
        if answer.status != 200:
            raise ControlRefused(f"Steering answered {answer.status}. Check the appliance's token and the control URL.")
        return from_json(answer.body, Instructions, what="Steering's answer")
