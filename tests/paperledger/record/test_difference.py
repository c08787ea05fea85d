"""The file to send: what it holds, and that nobody is named in it."""

from __future__ import annotations

import json
import platform
import pwd
from pathlib import Path
from urllib.parse import quote

import pytest
from paperledger.commands.verify import main
from paperledger.io import git
from paperledger.record import difference
from paperledger.record.difference import FILE, LOG_LINES, anonymous, persons, places

from tests.helpers.published import Published, claim

NAMES = ("jdoe", "Joanna", "Doe", "joannas-laptop", "example.org", "grant money", "Projekt", "Zoe")


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Published:
    """A build in the folder of a person."""
    home = tmp_path / "jdoe"
    checkout = home / "grant money ü/paper"
    checkout.mkdir(parents=True)
    user = pwd.struct_passwd(("jdoe", "x", 1, 1, "Joanna Doe,,,", str(home), "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: user)
    monkeypatch.setattr(platform, "node", lambda: "joannas-laptop.example.org")
    for name in ("USER", "LOGNAME", "SUDO_USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(checkout)
    return Published(checkout)


def logged(made: Published) -> None:
    """Leave logs with all that must not be sent."""
    here = made.checkout
    (made.root / "logs").mkdir()
    (made.root / "logs/empty.log").touch()
    tex = f"(see {here}/paper/main.tex)".ljust(200, ".")
    wrapped = "\n".join(tex[i : i + 79] for i in range(0, len(tex), 79))
    lines = [
        *(f"early {k}" for k in range(LOG_LINES)),
        "Traceback (most recent call last):",
        f'  File "{here}/workflow/scripts/x.py", line 3, in main',
        f"file://{quote(str(here))}/results {json.dumps(str(here))}",
        "TMPDIR=/scratch/Projekt/x:/scratch/Projekt/y -L/srv/Projekt/lib /srv/jdoe/z",
        "joannas-laptop: jdoe_2 wrote to joanna.doe@example.org as JDOE, Doe, Zoe",
        wrapped,
        "/usr/bin/pdflatex and/or results/runs.parquet https://archive.example/data",
        "ValueError: 3 rows",
    ]
    (made.root / "logs/analyse_runs.log").write_text("\n".join(lines))
    (here / ".snakemake").mkdir()
    (here / ".snakemake/build.log").write_text(f"host: joannas-laptop\nin {here}\nexit 1\n")


def test_it_tells_all_that_is_needed_and_nobody(
    made: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    logged(made)
    packages = {"python": "3.11.7", "packages": {"numpy": "9.9.9"}, "differences": []}
    (made.root / "results/environment.json").write_text(json.dumps(packages))
    for words in (["init", "-q"], ["config", "user.name", "Zoe"]):
        assert git.ask(made.checkout, *words).returncode == 0
    made.claims["arm.mean"] = claim(97.8, 0.25, "%")
    made.build()
    assert main(["--folder", "build/x"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"to send with a report: {FILE} (") and said.err.count("\n") == 1
    text = (made.checkout / FILE).read_text()
    assert [name for name in NAMES if name.lower() in text.lower()] == []
    for words in (
        "changed: claim arm.mean 97.8 (record 97.5)",
        "sources ",
        "?? ",
        platform.python_version(),
        '"numpy": "9.9.9"',
        "--- .snakemake/build.log\nhost: <host>\nin <checkout>\nexit 1\n",
        'File "<checkout>/workflow/scripts/x.py", line 3',
        'file: <checkout>/results "<checkout>"',
        "TMPDIR=<path>:<path> -L<path> <path>\n",
        "<host>: <user>_2 wrote to <address> as <user>, <user>, <user>\n",
        "(see <checkout>/paper/main.tex)",
        "/usr/bin/pdflatex and/or results/runs.parquet https://archive.example/data\n",
        "ValueError: 3 rows",
    ):
        assert words in text, words
    assert "identical: " not in text
    assert "early 0\n" not in text
    assert "empty.log" not in text


def test_where_all_is_identical_there_is_none(
    made: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--folder", "build/x"]) == 0
    assert capsys.readouterr().err == ""
    assert not (made.checkout / FILE).exists()


def test_a_full_disk_is_told(made: Published) -> None:
    (made.checkout / FILE).mkdir(parents=True)
    line = difference.write_difference(made.checkout, made.root, [])
    assert line.startswith("nothing to send with a report: cannot write ")


def test_root_is_nobody(made: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    user = pwd.struct_passwd(("root", "x", 0, 0, "root", "/root", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: user)
    monkeypatch.setenv("USER", "root")
    words = persons(made.checkout), places(made.checkout)
    assert anonymous("the root of /root/x", words[1], words[0]) == "the root of <home>/x"
