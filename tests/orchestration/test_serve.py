"""The dashboard is served to this machine alone, as the link leads, and to nobody who asks by way of another page."""

import http.client
import json
import re
import signal
import socket
import subprocess
import threading
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import RevloopError
from orchestration.dashboard import serve, site
from orchestration.dashboard.serve import HEADERS, POLICY, Server
from tests.conftest import REVLOOP, Workplace
from tests.orchestration.conftest import Revloop

FIRST, SECOND = "r20260301T010000000000Z", "r20260302T010000000000Z"


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: str


Ask = Callable[..., Answer]


def make_site(published: Path, refresh_id: str) -> None:
    folder = published / refresh_id / "site"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(f"page of {refresh_id}")
    (folder / "loop.html").write_text("한국어", encoding="utf-8")
    (folder / "assets" / "core.js").write_text("'use strict';")
    (folder / "assets" / "core.bin").write_text("?")
    (folder / ".made").write_text("index.html")
    (folder.parent / "revloop.duckdb").write_text("the warehouse")


def lead_to(published: Path, refresh_id: str) -> None:
    published.mkdir(exist_ok=True)
    (published / "site.new").symlink_to(f"{refresh_id}/site")
    (published / "site.new").replace(published / "site")


@pytest.fixture
def published(tmp_path: Path) -> Path:
    for refresh_id in (FIRST, SECOND):
        make_site(tmp_path, refresh_id)
    lead_to(tmp_path, FIRST)
    return tmp_path


@pytest.fixture
def server(published: Path) -> Iterator[Server]:
    with Server(published / "site", 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def ask(server: Server) -> Ask:
    def asked(path: str, method: str = "GET", host: str | None = "", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        connection.putrequest(method, path, skip_host=True)
        if host is not None:
            connection.putheader("Host", host or f"127.0.0.1:{server.server_port}")
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        found = Answer(answer.status, dict(answer.getheaders()), answer.read().decode())
        connection.close()
        return found

    return asked


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("/", "text/html; charset=utf-8", f"page of {FIRST}"),
        ("/index.html?a=b", "text/html; charset=utf-8", f"page of {FIRST}"),
        ("/loop.html", "text/html; charset=utf-8", "한국어"),
        ("/assets/core.js", "text/javascript; charset=utf-8", "'use strict';"),
        ("/assets/core.bin", "application/octet-stream", "?"),
    ],
)
def test_what_is_in_the_site_is_served_as_what_it_is(ask: Ask, path: str, kind: str, body: str) -> None:
    answer = ask(path)
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, kind, body)
    assert ask(path, "HEAD").headers["Content-Length"] == str(len(body.encode()))
    assert ask(path, "HEAD").body == ""


@pytest.mark.parametrize(
    "path",
    [
        "/../revloop.duckdb",
        "/assets/../../revloop.duckdb",
        "/%2e%2e/revloop.duckdb",
        "/..%2frevloop.duckdb",
        "/..\\revloop.duckdb",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/linked",
        "/linked_folder/revloop.duckdb",
        "/.made",
        "/assets",
        "/assets/",
        "/index.html/",
        "/index.html%00.js",
        f"/{'a' * 5000}",
        "/%ff",
        "/none.html",
        "index.html",
        "http://127.0.0.1/index.html",
        "*",
    ],
)
def test_nothing_outside_of_the_site_is_served(ask: Ask, published: Path, path: str) -> None:
    place = published / FIRST / "site"
    (place / "linked").symlink_to("../revloop.duckdb")
    (place / "linked_folder").symlink_to("..")
    answer = ask(path)
    assert (answer.status, answer.body) == (404, "There is no such page.\n")


@pytest.mark.parametrize("path", ["/", "/assets/core.js", "/latest.json", "/none"])
def test_every_answer_says_what_the_page_may_do(ask: Ask, path: str) -> None:
    assert HEADERS.items() <= ask(path).headers.items()
    assert HEADERS.items() <= ask(path, "POST").headers.items()
    assert ask(path, "POST").status == 501
    assert HEADERS.items() <= ask(path, host="example.com").headers.items()


def test_the_policy_is_that_of_the_pages() -> None:
    page = (site.ASSETS.parent / "page.html").read_text(encoding="utf-8")
    assert re.findall(r'Content-Security-Policy" content="([^"]*)"', page) == [POLICY]


@pytest.mark.parametrize("host", ["example.com", "127.0.0.1", "127.0.0.1:1", "localhost.example.com:{port}", None])
@pytest.mark.parametrize("path", ["/", "/latest.json"])
def test_who_calls_this_machine_by_another_name_gets_nothing(
    ask: Ask, server: Server, path: str, host: str | None
) -> None:
    answer = ask(path, host=host and host.format(port=server.server_port))
    assert answer.status == 403
    assert "r2026" not in answer.body


def test_this_machine_is_also_called_localhost(ask: Ask, server: Server) -> None:
    assert ask("/", host=f"localhost:{server.server_port}").status == 200


@pytest.mark.parametrize(
    ("origin", "mode", "status"),
    [
        ("none", "navigate", 200),
        ("same-origin", "cors", 200),
        ("cross-site", "navigate", 200),
        ("cross-site", "no-cors", 403),
        ("same-site", "cors", 403),
    ],
)
def test_another_page_may_lead_a_reader_here_and_reads_nothing(ask: Ask, origin: str, mode: str, status: int) -> None:
    assert ask("/assets/core.js", Sec_Fetch_Site=origin, Sec_Fetch_Mode=mode).status == status


def test_a_newer_site_is_served_as_it_comes_and_one_that_goes_is_missed(ask: Ask, published: Path) -> None:
    assert json.loads(ask("/latest.json").body) == {"refresh_id": FIRST}
    tag = ask("/").headers["ETag"]
    assert (ask("/", If_None_Match=tag).status, ask("/", If_None_Match=tag).body) == (304, "")
    lead_to(published, SECOND)
    assert json.loads(ask("/latest.json").body) == {"refresh_id": SECOND}
    newer = ask("/", If_None_Match=tag)
    assert (newer.status, newer.body) == (200, f"page of {SECOND}")
    (published / "site").unlink()
    for path in ("/", "/latest.json", "/assets/core.js"):
        answer = ask(path)
        assert (answer.status, "run `revloop refresh`" in answer.body) == (503, True)
    lead_to(published, SECOND)
    assert ask("/").status == 200


def test_only_this_machine_is_listened_to(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_told_in_a_line(server: Server, published: Path) -> None:
    with pytest.raises(RevloopError, match=rf"port {server.server_port} is in use: name another with --port"):
        serve.serve(published / "site", server.server_port, opens_browser=False, tell=print)


def test_without_a_dashboard_the_remedy_is_told(revloop: Revloop, workplace: Workplace) -> None:
    said = revloop(workplace, "dashboard", "--no-browser")
    assert (said.code, said.out) == (1, "")
    assert said.error == (
        f"revloop: no dashboard at {workplace.data / 'published' / 'site'}: "
        "run `revloop refresh`, or name another data folder\n"
    )
    assert not workplace.data.exists()


def test_a_browser_is_opened_at_the_address_unless_nobody_wants_one(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, told = [], []
    is_opened = threading.Event()
    monkeypatch.setattr(webbrowser, "open", lambda address: (opened.append(address), is_opened.set()))

    def interrupted(server: Server) -> None:
        is_opened.wait(5 if len(told) == 1 else 0)
        raise KeyboardInterrupt

    monkeypatch.setattr(Server, "serve_forever", interrupted)
    for opens_browser in (True, False):
        serve.serve(published / "site", 0, opens_browser=opens_browser, tell=told.append)
    assert len(told) == 2
    [address] = opened
    assert told[0] == f"the dashboard is at {address} until you press Ctrl+C"


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly_when_it_is_asked_to(published: Path, way: signal.Signals) -> None:
    lead_to(published / "published", f"../{FIRST}")
    words = [REVLOOP, "dashboard", "--data", published, "--no-browser"]
    # Whoever runs the tests in the background lets no Ctrl+C through to what they start.
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **pipes) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        [port] = re.findall(r"^the dashboard is at http://127\.0\.0\.1:(\d+)/ until you press Ctrl\+C$", line.strip())
        # A reader who is slow to ask keeps nobody from leaving.
        with socket.create_connection(("127.0.0.1", int(port))):
            process.send_signal(way)
            try:
                out, error = process.communicate(timeout=20)
            finally:
                process.kill()
    assert (process.returncode, out, error) == (0, "", "")
