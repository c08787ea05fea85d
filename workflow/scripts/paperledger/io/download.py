"""Download a file, or one member of a zip archive, into memory: bounded in time and in size.

Nothing that a server sends is trusted: no name becomes a path, and nothing is written.
"""

from __future__ import annotations

import http.client
import io
import ssl
import threading
import time
import urllib.request
import zipfile
from collections.abc import Sequence
from concurrent.futures import Future
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit

FIRST_PAUSE_SECONDS = 0.5  # between the first and second round of attempts; doubles each round
MAX_REDIRECTS = 5
_REASON_CHARACTERS = 200
_REDIRECTS = (301, 302, 303, 307, 308)
_WORTH_REPEATING = (408, 425, 429)  # of the 4xx answers; every 5xx is


class DownloadFailed(Exception):
    """No file came. `final`: asking the same address again is pointless."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(" ".join(reason.split()))  # a server's words stay on one line
        self.final = final


def download_any(
    urls: Sequence[str],
    *,
    member: str,
    timeout_seconds: float,
    attempts: int,
    max_bytes: int,
    budget_seconds: float,
) -> tuple[bytes, str]:
    """Return the file, and the address that gave it.

    Every round asks the addresses in order, so that one which hangs doesn't cost the next its
    turn. An address that answers with a definite no (404, too large, ...) isn't asked again.
    `paperledger.io.fetch.fetch` says what the parameters mean.

    Raises
    ------
    DownloadFailed
        If no address gave a complete file; the message has each address's last reason.
    """
    deadline = time.monotonic() + budget_seconds
    reasons: dict[str, str] = {}
    pending = list(urls)
    for round_ in range(attempts):
        if round_:
            pause = FIRST_PAUSE_SECONDS * 2 ** (round_ - 1)
            if not pending or pause >= deadline - time.monotonic():
                break
            time.sleep(pause)
        for url in list(pending):
            seconds = min(timeout_seconds, deadline - time.monotonic())
            if seconds <= 0:
                reasons.setdefault(url, f"not tried, the {budget_seconds:g} s were over")
                continue
            try:
                return _download_within(seconds, url, member, max_bytes), url
            except DownloadFailed as failure:
                reasons[url] = str(failure)[:_REASON_CHARACTERS]
                if failure.final:
                    pending.remove(url)
    raise DownloadFailed("; ".join(f"{url}: {why}" for url, why in reasons.items()) or "no address")


def _download_within(seconds: float, url: str, member: str, max_bytes: int) -> bytes:
    """Run one attempt, and leave it behind when its time is over.

    A socket's timeout isn't enough: it starts anew with every byte that trickles in, and doesn't
    cover looking a name up. A daemon thread left behind holds no more than `max_bytes`, and doesn't
    keep the process from ending.
    """
    answer: Future[bytes] = Future()

    def work() -> None:
        try:
            body = _download(url, seconds, max_bytes)
            zipped = is_archive(urlsplit(url).path)
            answer.set_result(extract(body, member, max_bytes) if zipped else body)
        except BaseException as error:  # handed over, raised by answer.result
            answer.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        return answer.result(timeout=seconds)
    except (OSError, http.client.HTTPException, ValueError) as error:
        cause = error.reason if isinstance(error, URLError) else error
        if isinstance(cause, TimeoutError):  # the socket's, or that of the wait for the thread
            raise DownloadFailed(f"no complete answer within {seconds:.3g} s") from None
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = f"its certificate cannot be trusted: {cause.verify_message}"
            raise DownloadFailed(reason) from None
        what = getattr(cause, "strerror", None) or f"{type(cause).__name__}: {cause}"
        raise DownloadFailed(what) from None


def _download(url: str, timeout_seconds: float, max_bytes: int) -> bytes:
    """Return the body at `url`; redirects may not leave the scheme (https never becomes http)."""
    scheme = urlsplit(url).scheme
    if scheme not in ("https", "http"):
        raise DownloadFailed(f"expected an https address, found the scheme {scheme!r}", final=True)
    # Without urllib's redirect handler (it follows https to http) and its file and ftp handlers.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    for _ in range(MAX_REDIRECTS + 1):
        request = urllib.request.Request(url, headers={"User-Agent": "lrstudy"})
        try:
            with opener.open(request, timeout=timeout_seconds) as response:
                return _read_body(response, max_bytes)
        except HTTPError as error:
            error.close()
            target = error.headers.get("Location") if error.code in _REDIRECTS else None
            if target is None:
                gone = error.code < 500 and error.code not in _WORTH_REPEATING
                raise DownloadFailed(f"HTTP {error.code} {error.reason}", final=gone) from None
            url = urljoin(url, target)
            if urlsplit(url).scheme != scheme:
                raise DownloadFailed(f"refused the redirect to {url}", final=True) from None
    raise DownloadFailed(f"more than {MAX_REDIRECTS} redirects", final=True)


def _read_body(response: http.client.HTTPResponse, max_bytes: int) -> bytes:
    """Return all of the body; one that is too large or cut short is a failed attempt."""
    if response.status != 200:
        raise DownloadFailed(f"HTTP {response.status}, expected 200", final=True)
    announced = response.length or 0  # None if the server doesn't say how much it sends
    body = response.read(max_bytes + 1) if announced <= max_bytes else b""
    if max(len(body), announced) > max_bytes:
        raise DownloadFailed(f"larger than the limit of {max_bytes} bytes", final=True)
    if len(body) < announced:
        raise DownloadFailed(f"cut short: {len(body)} of {announced} bytes")
    return body


def is_archive(path: str) -> bool:
    """Tell from its name whether a file is a zip archive."""
    return path.lower().endswith(".zip")


def extract(archive: bytes, member: str, max_bytes: int) -> bytes:
    """Return the bytes of one member of a zip archive, in memory: no name in it becomes a path.

    Raises
    ------
    DownloadFailed
        If this is no zip archive, it has no such member, or the member is damaged or larger than
        `max_bytes` after decompression.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            info = opened.getinfo(member)
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                # zipfile bounds what it inflates, but not what it unpacks with bzip2 or LZMA
                raise DownloadFailed(f"unexpected compression of {member}", final=True)
            with opened.open(info) as file:
                content = file.read(max_bytes + 1)
    except KeyError:
        raise DownloadFailed(f"no member {member} in the archive", final=True) from None
    except DownloadFailed:
        raise
    except Exception as error:  # zipfile raises some ten types on bytes that are no zip
        raise DownloadFailed(f"broken zip archive ({error})") from None
    if len(content) > max_bytes:
        raise DownloadFailed(f"{member} unpacks to over {max_bytes} bytes", final=True)
    return content
