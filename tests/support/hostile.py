"""Values no honest client sends, and requests made of them for every route that the desk describes."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes

from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "handoff" / "web"
TEXTS = (
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud83d", "]]>", "<script>alert(1)</script>", "' OR 1=1; DROP TABLE cases;--",
    '"; DELETE FROM users;--', "{{7*7}}", "${jndi:ldap://127.0.0.1/}", "%00", "%s%n", "../../../etc/passwd", "..%2f..%2f",
    "\u202e反", "\ufeff", "\u2028", "A" * 5000, "。" * 3000, "=1+1", "9" * 400, "-1", "0x10", "1e400", "NaN", "null", "١٢٣",
    "2026-02-30", "0000-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31", "9999-12-31T23:59:59-14:00", "yes", "C0406", "solved", "\r\nSet-Cookie: a=b", "\x1b[2J", "🀄️",
)  # fmt: skip
NUMBERS = (0, -1, 1, 2**31, 2**63, 2**64, -(2**70), 10**400, 1.5, 1e308, float("inf"), float("nan"))
# A long poll that waits would only make the test wait.
WAITS = ("-1", "nan", "inf", "x", "", "1e-9", "\x00", "1e999", "0")
TOO_LONG_A_NUMBER = b'{"username": ' + b"9" * 5000 + b"}"
# Not left to luck: each was once our error.
BEFORE_ALL_TIME = b'{"text": "x", "promise_until": "0001-01-01T00:00:00+14:00", "due_at": "0001-01-01T00:00:00+14:00"}'
CERTAIN_BODIES = (
    TOO_LONG_A_NUMBER,
    BEFORE_ALL_TIME,
    b'{"openid": "o", "kind": []}',
    b'{"openid": "o", "kind": {}, "text": "x"}',
)
CERTAIN_HEADERS = (
    *({"Content-Encoding": coding} for coding in ("gzip", "deflate", "br", "zstd", "x")),
    {"Expect": "the unexpected"},
    {"Range": "bytes=99999999-"},
    {"Range": "bytes=x"},
)
CONTENT_TYPES = ("application/json", "text/plain", "text/xml", "", "multipart/form-data; boundary=x", "application/json; charset=nope", "a/b/c")  # fmt: skip

texts = st.one_of(st.sampled_from(TEXTS), st.text(max_size=30))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.sampled_from(NUMBERS), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)


def names_in(pattern: str) -> list[str]:
    """The names that the web layer reads, from its source, so that a new one is attacked from its first day."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(WEB.glob("*.py")))
    return sorted(set(re.findall(pattern, source)))


FIELDS = names_in(r'(?:(?:text|number)_field\(\s*(?:body|await json_object\(request\)), |body\.get\()"(\w+)"')
QUERIES = sorted(
    {
        *names_in(r'quer(?:y\.get\(|y\[|y\()"(\w+)"'),
        *names_in(r'_in_query\(request, "(\w+)"'),
        "status",
        "area",
        "from",
        "to",
    }
)


@dataclass(frozen=True)
class Route:
    method: str
    path: str


@dataclass(frozen=True)
class Hostile:
    """One request as it goes onto the wire."""

    method: str
    target: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def _bodies() -> st.SearchStrategy[bytes]:
    known = st.dictionaries(st.sampled_from(FIELDS), values, max_size=6)
    return st.one_of(
        known.map(_json),
        values.map(_json),
        st.binary(max_size=60),
        st.sampled_from(
            [b"", b"{", b"[" * 100_000, b'{"a":' * 5000 + b"1" + b"}" * 5000, b"\xff\xfe", b"null", b'{"text": "\\ud800"}',
             b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><xml>&a;</xml>", b'{"data":{"a":1}}', b"9" * 6000]
        ),
    )  # fmt: skip


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def requests_to(route: Route, ids: list[str], cookies: list[str], tokens: list[str]) -> st.SearchStrategy[Hostile]:
    """Requests to `route`: real ids, sessions and csrf tokens among the false ones, so that some come through."""
    part = st.one_of(st.sampled_from(ids), texts.filter(bool)).map(_quoted)
    target = st.tuples(*(part for _ in re.findall(r"\{\w+\}", route.path))).map(
        lambda parts: _filled(route.path, parts)
    )
    query = st.dictionaries(st.sampled_from(QUERIES), texts, max_size=4).flatmap(_with_wait)
    honest = st.sampled_from([(f"desk_session={cookie}", token) for cookie, token in zip(cookies, tokens, strict=True)])
    forged = st.sampled_from([("desk_session=\xff\xfe", "\xff"), ("=;;=", ""), ("desk_session", "x")])
    headers = st.builds(
        lambda kind, pair: {"Content-Type": kind, "Cookie": pair[0], "X-CSRF-Token": pair[1]},
        st.sampled_from(CONTENT_TYPES),
        st.one_of(honest, honest, honest, forged),
    )
    return st.builds(
        lambda t, q, b, h: Hostile(route.method, t + q, b if route.method != "GET" else b"", h),
        target,
        query,
        _bodies(),
        headers,
    )


def certain(route: Route, ids: list[str], cookies: list[str], tokens: list[str]) -> list[Hostile]:
    """The bodies and headers that every route gets, from everybody who is logged in."""
    target = _filled(route.path, tuple(_quoted(ids[0]) for _ in re.findall(r"\{\w+\}", route.path)))
    body = b"" if route.method == "GET" else b"no body of any coding"
    found = []
    for cookie, token in zip(cookies, tokens, strict=True):
        honest = {"Cookie": f"desk_session={cookie}", "X-CSRF-Token": token}
        found += [Hostile(route.method, target, body, {**honest, **odd}) for odd in CERTAIN_HEADERS]
        if body:
            found += [Hostile(route.method, target, odd, honest) for odd in CERTAIN_BODIES]
    return found


def _with_wait(query: dict[str, str]) -> st.SearchStrategy[str]:
    def written(wait: str) -> str:
        pairs = {**query, **({"wait": wait} if "wait" in query else {})}
        return "?" + "&".join(f"{name}={_quoted(value)}" for name, value in pairs.items()) if pairs else ""

    return st.sampled_from(WAITS).map(written)


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass")[:2000], safe="")


def _filled(path: str, parts: tuple[str, ...]) -> str:
    rest = iter(parts)
    return re.sub(r"\{\w+\}", lambda match: next(rest), path)


def send(host: str, port: int, hostile: Hostile) -> tuple[int, bytes]:
    """(status, body) of the answer."""
    connection = http.client.HTTPConnection(host, port, timeout=30)
    try:
        connection.putrequest(hostile.method, quote(hostile.target, safe="/?&=%"), skip_accept_encoding=True)
        for name, value in hostile.headers.items():
            connection.putheader(name, value.encode("latin-1"))
        connection.putheader("Content-Length", str(len(hostile.body)))
        connection.endheaders(hostile.body)
        answer = connection.getresponse()
        return answer.status, answer.read(100_000)
    finally:
        connection.close()
