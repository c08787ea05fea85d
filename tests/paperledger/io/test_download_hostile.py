"""Downloading from servers that mean harm, archives that do, and TLS that does not hold."""

from __future__ import annotations

import hashlib
import io
import shutil
import ssl
import stat
import subprocess
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from paperledger.io import download

from tests.helpers.loopback import (
    CONTENT,
    MAX_BYTES,
    MEMBER,
    Server,
    Study,
    answers,
    archive,
    redirects,
)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "FIRST_PAUSE_SECONDS", 0.02)


# --- hostile servers and archives --------------------------------------------


@pytest.mark.parametrize(
    "target", ["https://127.0.0.1/a", "file:///etc/passwd", "ftp://127.0.0.1/a", "data:,x"]
)
def test_no_redirect_to_another_scheme(target: str, study: Study, server: Server) -> None:
    url = server.add("/a.data", redirects(target))
    study.falls_back(url, because=f"refused the redirect to {target}", attempts=2)
    assert server.asked == ["/a.data"] * 2  # once as auto and once as download, not once a round


def test_redirects_within_the_scheme(study: Study, server: Server) -> None:
    server.add("/there.data", answers(CONTENT))
    url = server.add("/a.data", redirects("/there.data"))
    assert study.fetch("download", url).url == url


def test_a_circle_of_redirects(study: Study, server: Server) -> None:
    url = server.add("/a.data", redirects("/a.data"))
    study.falls_back(url, because="more than 5 redirects")


@pytest.mark.parametrize("target", ["http://[::1", "//\r\nX: y", "http://" + "a" * 70 + "/"])
def test_a_redirect_to_nonsense(target: str, study: Study, server: Server) -> None:
    study.falls_back(server.add("/a.data", redirects(target)), because="/a.data")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/a", "nonsense", ""])
def test_addresses_of_another_scheme(url: str, study: Study) -> None:
    study.falls_back(url, because="expected an https address")


def test_nothing_in_an_archive_becomes_a_path(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = Study(tmp_path / "two" / "deep")
    monkeypatch.chdir(study.embedded.parent)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr("../../evil", b"evil")
        zipped.writestr("..\\evil", b"evil")
        zipped.writestr(str(tmp_path / "evil"), b"evil")
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(link, "/etc/passwd")
        zipped.writestr("link/evil", b"evil")
        zipped.writestr(MEMBER, CONTENT)
    study.fetch("download", server.add("/a.zip", answers(file.getvalue())))
    files = {path for path in tmp_path.rglob("*") if not path.is_dir()}
    assert files == {study.embedded, study.destination}


def test_a_member_that_is_a_link_is_not_followed(study: Study, server: Server) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        link = zipfile.ZipInfo(MEMBER)
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(link, str(study.embedded))
    url = server.add("/a.zip", answers(file.getvalue()))
    study.fails("download", url, because=hashlib.sha256(str(study.embedded).encode()).hexdigest())


@pytest.mark.parametrize("honest", [True, False])
def test_zip_bomb(honest: bool) -> None:
    size = 100_000_000
    bomb = archive({MEMBER: bytes(size)})
    if not honest:
        bomb = bomb.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    tracemalloc.start()
    with pytest.raises(download.DownloadFailed, match="unpacks to over" if honest else "broken"):
        download.extract(bomb, MEMBER, MAX_BYTES)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_bzip2_bomb_is_not_unpacked() -> None:
    bomb = archive({MEMBER: bytes(10_000_000)}, zipfile.ZIP_BZIP2)
    with pytest.raises(download.DownloadFailed, match="unexpected compression"):
        download.extract(bomb, MEMBER, MAX_BYTES)


def test_archives_that_zipfile_refuses_in_its_own_ways() -> None:
    encrypted, damaged, future = (bytearray(archive({MEMBER: CONTENT})) for _ in range(3))
    local, central = encrypted.index(b"PK\x03\x04"), encrypted.index(b"PK\x01\x02")
    encrypted[local + 6] |= 1  # RuntimeError: needs a password
    encrypted[central + 8] |= 1
    damaged[len(MEMBER) + 32] ^= 0xFF  # zlib.error
    future[central + 6] = 99  # NotImplementedError: version needed
    for broken in (encrypted, damaged, future):
        with pytest.raises(download.DownloadFailed, match="broken zip archive"):
            download.extract(bytes(broken), MEMBER, MAX_BYTES)


# --- TLS ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate")
    pem = tmp_path_factory.mktemp("tls") / "server.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext"
    subprocess.run(
        [*command.split(), "subjectAltName=IP:127.0.0.1", "-keyout", pem, "-out", f"{pem}.crt"],
        check=True,
        capture_output=True,
    )
    with open(pem, "ab") as file:
        file.write(Path(f"{pem}.crt").read_bytes())
    return pem


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    running = Server(context)
    yield running
    running.close()


def test_tls_with_an_unknown_certificate_is_refused(study: Study, tls_server: Server) -> None:
    url = tls_server.add("/a.data", answers(CONTENT))
    study.falls_back(url, because="its certificate cannot be trusted: self-signed certificate")
    assert tls_server.asked == []


def test_tls_with_the_certificate_of_another_host_is_refused(
    study: Study, tls_server: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    good = tls_server.add("/a.data", answers(CONTENT))
    assert study.fetch("download", good).url == good
    study.destination.unlink()
    study.said.clear()
    other = good.replace("127.0.0.1", "localhost")
    study.falls_back(other, because="its certificate cannot be trusted: Hostname mismatch")
    assert tls_server.asked == ["/a.data"]


def test_tls_and_no_redirect_to_plain_http(
    study: Study,
    tls_server: Server,
    server: Server,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    good = tls_server.add("/good.data", answers(CONTENT))
    assert study.fetch("download", good).url == good
    study.destination.unlink()
    study.said.clear()
    plain = server.add("/plain.data", answers(CONTENT))
    url = tls_server.add("/a.data", redirects(plain))
    study.falls_back(url, because=f"refused the redirect to {plain}")
    assert server.asked == []
