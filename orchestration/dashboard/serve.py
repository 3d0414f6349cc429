"""Serve the site that readers are led to: to this machine alone, and each request as the link leads when it comes.

How a site is made is said in `site`. Whoever asks by another name than this machine's, or from another's page, gets
nothing: a page somewhere else must not read what stands here.
"""

import errno
import json
import os
import sys
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any
from urllib.parse import unquote

from ingest.errors import RevloopError

HOST = "127.0.0.1"
LATEST = "latest.json"
# As the pages themselves say, and that no other page frames them, which only a server can say.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)
HEADERS = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
TEXT = "text/plain; charset=utf-8"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_SECONDS_A_READER_MAY_BE_SILENT = 30


def serve(link: Path, port: int, *, opens_browser: bool, tell: Callable[[str], None]) -> None:
    """Serve the site behind a link until somebody interrupts; port 0 is any that is free.

    RevloopError if there is no site yet, or the port is not to be had.
    """
    if _site(link) is None:
        raise RevloopError(f"no dashboard at {link}: run `revloop refresh`, or name another data folder")
    with suppress(KeyboardInterrupt), _server(link, port) as server:
        address = f"http://{HOST}:{server.server_port}/"
        tell(f"the dashboard is at {address} until you press Ctrl+C")
        if opens_browser:
            # Some browsers return only when they are closed.
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        server.serve_forever()


class Server(ThreadingHTTPServer):
    """A server of the site behind a link."""

    daemon_threads = True

    def __init__(self, link: Path, port: int) -> None:
        self.link = link
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        # The base class asks the network for the machine's name, which may take seconds and is not needed.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    @property
    def hosts(self) -> set[str]:
        """How this server may be called: a name that leads here by way of somebody else's is none of these."""
        names = (HOST, "localhost")
        return {f"{name}:{self.server_port}" for name in names} | ({*names} if self.server_port == 80 else set())

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A browser that goes away while it is answered is no fault.
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    server_version, sys_version = "revloop", ""
    timeout = _SECONDS_A_READER_MAY_BE_SILENT

    def do_GET(self) -> None:
        if self.headers.get_all("Host") not in [[host] for host in self.server.hosts] or self._is_of_another_page():
            self._answer(HTTPStatus.FORBIDDEN, TEXT, f"Open http://{HOST}:{self.server.server_port}/ here.\n".encode())
            return
        site = _site(self.server.link)
        if site is None:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, TEXT, b"There is no dashboard now: run `revloop refresh`.\n")
            return
        refresh_id = site.parent.name
        path = unquote(self.path.partition("?")[0])
        if path == f"/{LATEST}":
            self._answer(HTTPStatus.OK, TYPES[".json"], json.dumps({"refresh_id": refresh_id}).encode())
            return
        file = _file(site, path)
        try:
            content = file.read_bytes() if file else None
        except OSError:
            content = None
        if file is None or content is None:
            self._answer(HTTPStatus.NOT_FOUND, TEXT, b"There is no such page.\n")
            return
        # The files of one refresh never change.
        tag = f'"{refresh_id}"'
        is_known = self.headers.get("If-None-Match") == tag
        status = HTTPStatus.NOT_MODIFIED if is_known else HTTPStatus.OK
        self._answer(status, TYPES.get(file.suffix, "application/octet-stream"), b"" if is_known else content, tag)

    do_HEAD = do_GET

    def _is_of_another_page(self) -> bool:
        """Whether somebody else's page asks, rather than a reader who follows a link."""
        is_foreign = self.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
        return is_foreign and self.headers.get("Sec-Fetch-Mode") != "navigate"

    def _answer(self, status: HTTPStatus, kind: str, content: bytes, tag: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if tag:
            self.send_header("ETag", tag)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody looks at who read what."""


def _server(link: Path, port: int) -> Server:
    try:
        return Server(link, port)
    except OSError as error:
        what = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be had ({error.strerror})"
        raise RevloopError(f"port {port} {what}: name another with --port, or none for any that is free") from error


def _site(link: Path) -> Path | None:
    """The folder that the link leads to now, None where there is none."""
    site = Path(os.path.realpath(link))
    return site if (site / "index.html").is_file() else None


def _file(site: Path, path: str) -> Path | None:
    """The file of a path in the site, None for what is not there, is hidden, or lies outside."""
    names = (path.removeprefix("/") or "index.html").split("/")
    if not path.startswith("/") or "\0" in path or any(not name or name.startswith(".") for name in names):
        return None
    try:
        file = site.joinpath(*names).resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    return file if file.is_relative_to(site) and file.is_file() else None
