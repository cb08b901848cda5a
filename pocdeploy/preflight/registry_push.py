"""Whether a registry takes a push of this user: an upload is begun, and given up at once. Nothing is left there.

The protocol is that of the OCI distribution specification; logging in to it is described at
https://distribution.github.io/distribution/spec/auth/token/.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import docker.auth  # type: ignore[import-untyped]
import docker.errors  # type: ignore[import-untyped]
import requests

from pocdeploy.errors import Finding
from pocdeploy.preflight.downloads import DOCKER_HUB, registry_of, registry_urls

TIMEOUT = (4.0, 15.0)
"""Seconds to connect, and to answer."""
WHERE = "pocdeploy:cluster.registry.push"
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, kw_only=True)
class Login:
    """How to log in to a registry; all empty for nobody."""

    username: str = ""
    password: str = ""
    token: str = ""
    """A token that a provider's login has left instead of a password."""


def from_docker(registry: str) -> Login:
    """Return the login that Docker's own configuration has for a registry, with its credential helpers.

    Raises:
        docker.errors.DockerException: if a helper fails.
    """
    found: dict[str, Any] = docker.auth.load_config().resolve_authconfig(registry_of(f"{registry}/image")) or {}
    known = {key.lower(): value for key, value in found.items()}
    return Login(
        username=known.get("username") or "",
        password=known.get("password") or "",
        token=known.get("identitytoken") or "",
    )


def check(registry: str, name: str, login: Login | None = None) -> Iterator[Finding]:
    """Yield a finding if the image ``name`` cannot be pushed to ``registry`` (host, and a path if it has one).

    Args:
        registry: as image names have it, for example ``ghcr.io/owner``.
        name: last part of the image's name.
        login: user and password; None for what Docker's own configuration has.
    """
    host = registry_of(f"{registry}/image")
    remedy = f"docker login {'' if host == DOCKER_HUB else host}".strip() + "   (as a user who may push there)"
    if login is not None:
        remedy = "pulumi config set --secret pocdeploy:registryPassword"
    try:
        login = login or from_docker(registry)
    except docker.errors.DockerException as error:
        yield _finding("Docker's credential helper for this registry fails", str(error)[:300], remedy)
        return
    repository = f"{registry}/{name}".partition("/")[2]
    trouble: object = "no answer"
    for url in registry_urls(host):
        try:
            answer = _begin_upload(url, repository, login)
        except requests.exceptions.SSLError:
            # Whom Docker trusts is Docker's business. A registry without TLS is tried without it, if that is usual.
            trouble = None
        except requests.exceptions.RequestException as error:
            trouble = str(getattr(error.args[0], "reason", error) if error.args else error).rpartition(": ")[2]
        else:
            if answer.status_code in {401, 403, 404}:
                who = login.username or ("a stored login" if login.token else "nobody is logged in")
                got = f"{host}: HTTP status {answer.status_code} ({who})"
                yield _finding(f"the registry refuses to take {repository}", got, remedy)
            return
    if trouble is not None:
        yield _finding("the registry cannot be reached", f"{host}: {trouble}", f"docker push {registry}/{name}")


def _begin_upload(url: str, repository: str, login: Login) -> requests.Response:
    """Begin an upload at the registry whose API is at ``url``; return the answer, after giving up what was begun."""
    with requests.Session() as session:
        uploads = f"{url}{repository}/blobs/uploads/"
        answer = session.post(uploads, timeout=TIMEOUT, allow_redirects=False)
        if answer.status_code == 401 and _may_have_it(url):
            session.headers["Authorization"] = _authorization(answer, repository, login)
            if session.headers["Authorization"]:
                answer = session.post(uploads, timeout=TIMEOUT, allow_redirects=False)
        if answer.status_code == 202 and "Location" in answer.headers:
            session.delete(urljoin(uploads, answer.headers["Location"]), timeout=TIMEOUT)
        return answer


def _may_have_it(url: str) -> bool:
    """Return whether a password may be sent there: encrypted, or not over a network at all."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1"}


def _authorization(answer: requests.Response, repository: str, login: Login) -> str:
    """Return the header that a registry asks for with its 401; empty if there is nothing to log in with."""
    scheme, _, rest = answer.headers.get("WWW-Authenticate", "").partition(" ")
    basic = f"Basic {b64encode(f'{login.username}:{login.password}'.encode()).decode()}" if login.username else ""
    if scheme.lower() != "bearer":
        return basic
    asked = dict(_PARAMETER.findall(rest))
    realm, query = asked.pop("realm", ""), {"service": asked.get("service", "")}
    if not realm or not _may_have_it(realm):
        return ""
    scope = f"repository:{repository}:pull,push"
    if login.token:
        form = {**query, "grant_type": "refresh_token", "refresh_token": login.token, "client_id": "pocdeploy"}
        granted = requests.post(realm, data={**form, "scope": scope}, timeout=TIMEOUT)
    else:
        headers = {"Authorization": basic} if basic else {}
        granted = requests.get(realm, params={**query, "scope": scope}, headers=headers, timeout=TIMEOUT)
    try:
        content = granted.json() if granted.ok else {}
    except ValueError:
        content = {}
    token = content.get("token") or content.get("access_token")
    return f"Bearer {token}" if token else ""


def _finding(what: str, got: str, fix: str) -> Finding:
    return Finding(where=WHERE, what=what, actual=got, expected="a registry that this user may push to", fix=fix)
