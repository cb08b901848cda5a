"""Send HTTP requests: the one client of this project.

It trusts the certificate authorities of this system and sends nothing from ``~/.netrc``. Redirects are not followed
unless asked for, so that a token stays with the server that it is for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import requests

USER_AGENT = "pocdeploy"
"""Some sites refuse the names of well-known libraries."""
_CHUNK_SIZE = 1 << 20


class HttpError(OSError):
    """A request failed; the text is the reason in the words of the operating system or the server."""


@contextmanager
def request(
    method: str,
    url: str,
    *,
    timeout: float,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    follow_redirects: bool = False,
    check_status: bool = False,
    verify: bool = True,
    use_proxies: bool = True,
) -> Iterator[requests.Response]:
    """Send a request and give the response, whose body is still to be read with ``chunks`` or ``read``.

    Raises HttpError if no response comes, or its body ends too early.

    Args:
        method: HTTP method.
        url: address; names below ``localhost`` lead to 127.0.0.1.
        timeout: seconds to connect, and seconds without a single byte of the response.
        headers, json: more headers; body of the request.
        follow_redirects: give the response of the address that a redirect leads to.
        check_status: raise HttpError for a status other than 2xx.
        verify: raise HttpError for a certificate that is not trusted.
        use_proxies: connect through the proxies of the environment.
    """
    from requests import RequestException  # noqa: PLC0415 -- as slow as the whole start of a command
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    options: dict[str, Any] = {"timeout": timeout, "headers": headers, "json": json, "verify": verify}
    try:
        with (
            _session(follow_redirects=follow_redirects, use_proxies=use_proxies) as session,
            session.request(method, url, stream=True, **options) as response,
        ):
            if check_status and not 200 <= response.status_code < 300:
                raise HttpError(f"HTTP status {response.status_code} {response.reason or ''}".rstrip())
            yield response
    except (RequestException, HTTPError) as error:
        raise HttpError(_reason(error)) from error


def chunks(response: requests.Response) -> Iterator[bytes]:
    """Read the body of a response bit by bit, as the server sends it."""
    yield from response.raw.stream(_CHUNK_SIZE, decode_content=False)


def read(response: requests.Response, *, limit: int) -> bytes:
    """Read the body of a response, at most the first ``limit`` bytes."""
    body = b""
    for chunk in chunks(response):
        body += chunk
        if len(body) >= limit:
            break
    return body[:limit]


def connect_address(host: str) -> str:
    """Return where to connect for ``host``: browsers take all names below ``localhost`` for this machine (RFC 6761).

    Not every system resolves them.
    """
    return "127.0.0.1" if is_local(host) else host


def is_local(host: str) -> bool:
    """Return whether a host name always leads to this machine."""
    return host in {"localhost", "127.0.0.1"} or host.endswith(".localhost")


def _session(*, follow_redirects: bool, use_proxies: bool) -> requests.Session:
    from requests import Session  # noqa: PLC0415
    from requests.adapters import HTTPAdapter  # noqa: PLC0415
    from urllib3 import disable_warnings  # noqa: PLC0415

    class Adapter(HTTPAdapter):
        """Connects to names below ``localhost``, and uses the system's certificates instead of those of requests."""

        def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
            if verify is not True:  # with True, requests would name its own bundle; without, urllib3 uses the system's
                super().cert_verify(conn, url, verify, cert)

        def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
            target, tls = super().build_connection_pool_key_attributes(request, verify, cert)
            host = target["host"] or ""
            if connect_address(host) != host:
                target, tls = {**target, "host": connect_address(host)}, {**tls, "server_hostname": host}
            return target, tls

        def add_headers(self, request: Any, **_: Any) -> None:
            request.headers["Host"] = urlsplit(request.url).netloc.rpartition("@")[2]

    class Client(Session):
        """Does not read the body of a redirect that is not followed, as requests does."""

        def get_redirect_target(self, resp: Any) -> str | None:
            return super().get_redirect_target(resp) if follow_redirects else None

    disable_warnings()  # of certificates that are not verified, on the caller's request
    session = Client()
    session.trust_env = use_proxies
    session.auth = lambda prepared: prepared  # without it, requests looks into ~/.netrc and replaces Authorization
    # A compressed file has to arrive as it was published.
    session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter())
    return session


def _reason(error: BaseException) -> str:
    """Return the reason of the exception that all others of a request were made from."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
