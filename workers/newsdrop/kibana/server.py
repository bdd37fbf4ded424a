"""One Kibana over HTTP: credentials, space, and translated errors.

Every request is sent once. Refuses to let an exception of urllib3 out, and to follow a redirect: a login page
or a base path that is missing from the address would look like an answer.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import urllib3
from urllib3.exceptions import HTTPError, LocationValueError, SSLError
from urllib3.util import make_headers

from newsdrop.configfiles import check_readable
from newsdrop.errors import ConfigError, OutageError, reason_below
from newsdrop.options import KIBANA_TIMEOUT_S

__all__ = ["Answer", "Kibana", "KibanaOptions"]

_CREDENTIALS = "NEWSDROP_KIBANA_API_KEY, or NEWSDROP_KIBANA_USERNAME and NEWSDROP_KIBANA_PASSWORD"
_PRIVILEGES = (
    "The user or key needs the Kibana privilege `all` on Saved Objects Management, Discover, Dashboard, on "
    "Advanced Settings (or --keep-settings), and on Stack Rules for --rules."
)
_BUSY = (429, 502, 503, 504)


class KibanaOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Where Kibana is, and the credentials. `space` None: the default one. Its `repr` shows no secret."""

    url: str
    space: str | None = None
    api_key: str | None = None
    username: str | None = None
    password: str | None = None
    ca_certs: str | None = None
    timeout_s: float = KIBANA_TIMEOUT_S

    def __repr__(self) -> str:
        return f"KibanaOptions(url={self.url!r}, space={self.space!r})"


class Answer(msgspec.Struct, frozen=True):
    """Kibana's answer; `body` is its JSON, or None if there was none."""

    status: int
    body: Any

    @property
    def reason(self) -> str:
        """Why Kibana refused, in its own words."""
        said = self.body.get("message") if isinstance(self.body, dict) else None
        return str(said or "no reason given")[:1_000]


class Kibana:
    """A connection to one Kibana and one of its spaces."""

    def __init__(self, options: KibanaOptions) -> None:
        self.where = options.url.rstrip("/")
        self.space = options.space
        self._headers = {"kbn-xsrf": "true", "accept": "application/json, application/x-ndjson"}
        if options.api_key:
            self._headers["authorization"] = f"ApiKey {options.api_key}"
        elif options.username:
            self._headers |= make_headers(basic_auth=f"{options.username}:{options.password or ''}")
        if options.ca_certs:
            check_readable("kibana.ca_certs (NEWSDROP_KIBANA_CA_CERTS)", Path(options.ca_certs))
        try:
            self._pool = urllib3.PoolManager(
                ca_certs=options.ca_certs, timeout=options.timeout_s, retries=False
            )
        except (ValueError, OSError) as error:
            raise ConfigError(f"NEWSDROP_KIBANA_CA_CERTS can't be used: {error}.") from None

    def get(self, path: str, *, in_space: bool = True) -> Answer:
        """GET. Raises what `_send` raises."""
        return self._send("GET", path, in_space=in_space)

    def post(self, path: str, body: Any) -> Answer:
        """POST a JSON value into the space."""
        return self._send("POST", path, json.dumps(body).encode(), {"content-type": "application/json"})

    def expect(self, answer: Answer, what: str) -> None:
        """Raise ConfigError, beginning with `what`, unless the answer is a success with an object in it."""
        if answer.status != 200 or not isinstance(answer.body, dict):
            raise ConfigError(f"{what}: Kibana at {self.where} says {answer.reason} ({answer.status}).")

    def upload(self, path: str, name: str, data: bytes, **query: str) -> Answer:
        """POST a file as `multipart/form-data` into the space."""
        body, kind = urllib3.encode_multipart_formdata({"file": (name, data, "application/ndjson")})
        target = f"{path}?{urlencode(query)}" if query else path
        return self._send("POST", target, body, {"content-type": kind})

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        in_space: bool = True,
    ) -> Answer:
        """One request.

        Raises:
            OutageError: Kibana can't be reached, or isn't ready.
            ConfigError: it refuses the credentials, redirects, or isn't Kibana.
        """
        space = f"/s/{quote(self.space, safe='')}" if self.space and in_space else ""
        url = f"{self.where}{space}{path}"
        try:
            response = self._pool.request(
                method, url, body=body, headers=self._headers | (headers or {}), redirect=False
            )
        except SSLError as error:
            raise ConfigError(
                f"The certificate of Kibana at {self.where} is not trusted ({error}): set "
                "NEWSDROP_KIBANA_CA_CERTS (--ca-certs) to the file of the authority that signed it."
            ) from None
        except LocationValueError as error:
            raise ConfigError(f"{self.where} is not the URL of a Kibana: {error}.") from None
        except (HTTPError, OSError) as error:
            why = reason_below(error) or error
            raise OutageError(f"Kibana at {self.where} can't be reached: {why}.") from None
        return self._understood(response)

    def _understood(self, response: urllib3.BaseHTTPResponse) -> Answer:
        status = response.status
        answer = Answer(status, _json(response.data))
        if status in _BUSY:
            raise OutageError(f"Kibana at {self.where} isn't ready ({status}: {answer.reason}).")
        if 300 <= status < 400:
            place = response.headers.get("location", "nowhere")
            raise ConfigError(
                f"Kibana at {self.where} redirects to {place}: give the URL including the base path."
            )
        if status in (401, 403):
            who = "rejects our credentials" if status == 401 else "doesn't allow this"
            raise ConfigError(
                f"Kibana at {self.where} {who} ({status}: {answer.reason}): check {_CREDENTIALS}. "
                f"{_PRIVILEGES}"
            )
        if answer.body is None and status != 204:
            raise ConfigError(f"What answers at {self.where} is not Kibana ({status} without JSON).")
        return answer


def _json(data: bytes) -> Any:
    """The JSON; for NDJSON, the list of its lines; None if it is neither."""
    try:
        return json.loads(data)
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in data.splitlines() if line.strip()] or None
    except ValueError:
        return None
