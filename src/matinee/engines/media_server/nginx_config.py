"""What NGINX is told: one file of settings, so that it answers as the embedded server does. Pure.

All paths in it are relative to its own folder, where links lead to the films and the certificate: no name on this machine
can be mistaken for a setting. `gate.js` decides about each request and sends it on inside, to `/files/` or `/whole/`.
"""

from dataclasses import dataclass
from pathlib import Path

from matinee.engines.media_server.answers import CORS, FOREVER, PREFLIGHT, TYPES
from matinee.engines.media_server.limits import ServerLimits
from matinee.engines.media_server.nginx_log import FORMAT, NOTHING
from matinee.engines.media_server.nginx_sockets import METRICS, WORDS
from matinee.kernel.quantities import Span
from matinee.wire.problems import MEDIA_TYPE, document, render
from matinee.wire.tickets import TicketRefused

CERTIFICATE, PRIVATE_KEY = "certificate.pem", "private_key.pem"
SERVED = "served/files"
"""A link to the releases."""
_REFUSED = TicketRefused("")
_PROBLEMS = {
    400: ("malformed-request", "The request is not valid."),
    403: (_REFUSED.type, _REFUSED.sentence),
    404: ("not-found", "There is no such file here."),
    405: ("method-not-allowed", "Files can only be read here."),
    416: ("range-not-satisfiable", "The file has $edge_size bytes."),
    431: ("head-too-long", "The head of the request is too long."),
    500: ("unreadable", "The file cannot be read here. Try another edge."),
    505: ("malformed-request", "Only HTTP/1.1 and HTTP/1.0 are spoken here."),
}
_MORE = {
    405: ("Allow", "GET, HEAD, OPTIONS"),
    416: ("Content-Range", "bytes */$edge_size"),
}
"""Fields of one status alone."""
# 494 is NGINX's own word for a head that is too long, 497 for plain HTTP on the port of HTTPS.
_LEAD_TO = {"413": 400, "414": 431, "494 =431": 431, "497 =400": 400, "501 502 503 504 =500": 500}


@dataclass(frozen=True, slots=True)
class NginxPlan:
    host: str
    port: int
    is_tls: bool
    workers: int
    user: str | None
    """Who its workers are, where we are the superuser."""
    module: Path | None
    sockets: Path
    """The folder of the sockets by which it speaks with us."""
    open_files_max: int
    limits: ServerLimits


def render_config(plan: NginxPlan) -> str:
    limits = plan.limits
    # A connection that is sent a file takes two of the open files.
    connections = max(64, min(limits.connections_max, plan.open_files_max // 2) // plan.workers)
    lines = [
        f'load_module "{plan.module}";' if plan.module else "",
        "daemon off;",
        f"worker_processes {plan.workers};",
        f"worker_rlimit_nofile {plan.open_files_max};",
        f"user {plan.user};" if plan.user else "",
        "pid nginx.pid;",
        "lock_file nginx.lock;",
        # Its words hold whole request lines, so they never touch a disk: we cut the tickets out before anyone reads them.
        f'error_log "syslog:server=unix:{plan.sockets}/{WORDS},nohostname,tag=nginx" error;',
        f"events {{ worker_connections {connections}; }}",
        "http {",
        *_http(limits),
        "server {",
        *_server(plan),
        "}",
        "}",
    ]
    return "\n".join(line for line in lines if line) + "\n"


def _http(limits: ServerLimits) -> list[str]:
    types = " ".join(f'"{kind}" {ending};' for ending, kind in TYPES.items())
    temporary = [f"{name}_temp_path temporary;" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]
    return [
        "js_path .;",
        "js_import gate from gate.js;",
        f"js_var $edge_file {NOTHING};",
        f"js_var $edge_reason {NOTHING};",
        "js_var $edge_size 0;",
        f"js_var $edge_session {NOTHING};",
        f"js_var $edge_said {NOTHING};",
        # Whether there is a body, which no request for a file has; and what only an answer to OPTIONS says.
        'map "$http_content_length:$http_transfer_encoding" $edge_body { default 1; ":" 0; "0:" 0; }',
        "map $request_method $edge_form { default refused; GET asked; HEAD asked; OPTIONS preflight; }",
        f'log_format edge "{FORMAT}";',
        "access_log access.log edge;",
        *temporary,
        f"types {{ {types} }}",
        "default_type application/octet-stream;",
        "server_tokens off;",
        "sendfile on;",
        "tcp_nopush on;",
        "reset_timedout_connection on;",
        f"client_header_timeout {_ms(limits.head_timeout)};",
        f"client_body_timeout {_ms(limits.head_timeout)};",
        f"send_timeout {_ms(limits.stall_timeout)};",
        f"keepalive_timeout {_ms(limits.idle_timeout)};",
        f"keepalive_requests {limits.requests_max};",
        "client_header_buffer_size 2k;",
        f"large_client_header_buffers 1 {limits.head_bytes_max};",
    ]


def _server(plan: NginxPlan) -> list[str]:
    address = f"[{plan.host}]" if ":" in plan.host else plan.host
    return [
        f"listen {address}:{plan.port}{' ssl' if plan.is_tls else ''};",
        *(_tls() if plan.is_tls else []),
        "root served;",
        *[f"error_page {code} /problems/{code};" for code in _PROBLEMS],
        *[f"error_page {codes} /problems/{code};" for codes, code in _LEAD_TO.items()],
        *_location("/", "return 404;", is_asked=True),
        *_location("/v1/", "js_content gate.admit;", is_asked=True),
        *_location("= /healthz", 'default_type "text/plain; charset=utf-8";', 'return 200 "ok\\n";', is_asked=True),
        *_location(
            "= /metrics",
            "proxy_pass_request_headers off;",
            f'proxy_pass "http://unix:{plan.sockets}/{METRICS}:/";',
            is_asked=True,
        ),
        *_location("^~ /files/", "internal;", "max_ranges 1;", *_file(), fields=FOREVER),
        # Where a range means nothing, by the same rules as the embedded server's.
        *_location(
            "^~ /whole/",
            "internal;",
            "max_ranges 0;",
            "rewrite ^/whole/(.*)$ /files/$1 break;",
            *_file(),
            fields=FOREVER,
        ),
        *_location("= /preflight", "internal;", "return 204;", fields=PREFLIGHT),
        *[line for status in _PROBLEMS for line in _problem(status)],
    ]


def _tls() -> list[str]:
    return [
        f"ssl_certificate {CERTIFICATE};",
        f"ssl_certificate_key {PRIVATE_KEY};",
        "ssl_protocols TLSv1.2 TLSv1.3;",
        "ssl_session_cache shared:edge:4m;",
    ]


def _file() -> list[str]:
    return [
        # Links must not open at all, but for the one that leads to the releases.
        f"disable_symlinks on from=$document_root/{SERVED.partition('/')[2]};",
        "try_files $uri =404;",
        'add_header Last-Modified "";',
        "if_modified_since off;",
    ]


def _location(
    where: str, *lines: str, is_asked: bool = False, fields: bytes = b"Cache-Control: no-store\r\n"
) -> list[str]:
    """`is_asked`: from outside, where any request may come."""
    first = [
        "if ($edge_body) { return 400; }",
        "if ($edge_form = preflight) { rewrite ^ /preflight last; }",
        "if ($edge_form = refused) { return 405; }",
    ]
    return [f"location {where} {{", *(first if is_asked else []), *lines, *_headers(CORS + fields), "}"]


def _headers(fields: bytes) -> list[str]:
    pairs = [line.split(": ", 1) for line in fields.decode().split("\r\n") if line]
    # NGINX says by itself that it accepts ranges, where it does.
    return [f'add_header {name} "{value}" always;' for name, value in pairs if name != "Accept-Ranges"]


def _problem(status: int) -> list[str]:
    name, sentence = _PROBLEMS[status]
    text = render(document(status, name, sentence, request_id="edge-$connection-$connection_requests")).decode()
    more = [f'add_header {_MORE[status][0]} "{_MORE[status][1]}" always;'] if status in _MORE else []
    answer = f"return {status} '{text}';"
    return _location(f"= /problems/{status}", "internal;", f'default_type "{MEDIA_TYPE}";', *more, answer)


def _ms(span: Span) -> str:
    return f"{max(1, int(span.total_seconds() * 1000))}ms"
