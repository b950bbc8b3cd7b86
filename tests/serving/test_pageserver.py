"""A page on loopback: who gets it, who does not, and who hears of a newer one."""

from collections.abc import Iterator
from http.client import HTTPConnection
from threading import Thread

import pytest

from promptci.serving.pageserver import HOST, PageServer


@pytest.fixture
def server() -> Iterator[PageServer]:
    made = PageServer(b"<p>one")
    yield made
    made.close()


def path_of(server: PageServer) -> str:
    return "/" + server.address.split("/", 3)[3]


def get(server: PageServer, path: str, host: str | None = None, method: str = "GET"):
    """Status, headers and body of one request."""
    connection = HTTPConnection(HOST, server.port, timeout=120)
    try:
        connection.putrequest(method, path, skip_host=True)
        if host != "":
            connection.putheader("Host", host or f"{HOST}:{server.port}")
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_the_page_is_at_its_address_and_not_kept_by_browsers(server):
    status, headers, body = get(server, path_of(server))
    assert (status, body) == (200, b"<p>one")
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("path", ["/", "/x/", "/events", "/%2e%2e/", "//", "/" + "a" * 48 + "/"])
def test_no_other_path_shows_anything(server, path):
    status, _, body = get(server, path)
    assert status == 404
    assert b"one" not in body


@pytest.mark.parametrize("host", ["evil.invalid", "127.0.0.1", "127.0.0.1:1", "", "localhost:80"])
def test_a_request_that_names_another_host_is_refused(server, host):
    status, _, body = get(server, path_of(server), host)
    assert status in (400, 421)
    assert b"one" not in body


def test_only_reading_is_understood(server):
    assert get(server, path_of(server), method="POST")[0] == 501
    assert get(server, path_of(server), f"localhost:{server.port}")[0] == 200


def test_each_server_has_an_address_that_cannot_be_guessed(server):
    other = PageServer(b"")
    other.close()
    assert path_of(other) != path_of(server)
    assert len(path_of(server)) > 40


def test_whoever_listens_hears_of_a_newer_page(server):
    connection = HTTPConnection(HOST, server.port, timeout=120)
    connection.request("GET", f"{path_of(server)}events")
    answer = connection.getresponse()
    assert answer.getheader("Content-Type") == "text/event-stream"
    news = Thread(target=server.renew, args=(b"<p>two",))
    news.start()
    assert answer.readline() == b"data: new\n"
    news.join()
    connection.close()
    assert get(server, path_of(server))[2] == b"<p>two"
