"""Reading YAML that nobody vouches for: plain values alone, bounded in size, nothing run."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Hashable, Iterable, Mapping
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

CONFIG = "config/config.yaml"
"""The study's own configuration, below all that are laid over it."""
MAX_BYTES = 1_000_000
MAX_DEPTH = 50


class ConfigError(Exception):
    """The configuration cannot be used; the message names the key, what was found and allowed."""


class _PlainLoader(yaml.SafeLoader):
    """Refuses a key that is given twice, which plain YAML readers settle silently, and bombs.

    A few lines of aliases to aliases stand for more values than any memory holds; what is nested
    too deep, or an integer too long, cannot even be printed in a message.
    """

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse an alias where PyYAML would put the node that it names; count the levels."""
        event = self.peek_event()
        where = f"line {event.start_mark.line + 1}"
        if isinstance(event, yaml.AliasEvent):
            raise ConfigError(
                f"{where}: found the alias *{event.anchor}, expected each value written out"
            )
        if self.depth >= MAX_DEPTH:
            raise ConfigError(f"{where}: expected at most {MAX_DEPTH} levels, found more")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _unique_mapping(
    loader: _PlainLoader, node: yaml.MappingNode, deep: bool = False
) -> dict[Hashable, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise ConfigError(f"line {key_node.start_mark.line + 1}: {key!r} cannot be a key")
        if key in seen:
            raise ConfigError(
                f"line {key_node.start_mark.line + 1}: key {key!r} is given twice, expected once"
            )
        seen.add(key)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


def _short_integer(loader: _PlainLoader, node: yaml.ScalarNode) -> int:
    value = int(loader.construct_yaml_int(node))
    if value.bit_length() > 64:
        line = node.start_mark.line + 1
        raise ConfigError(f"line {line}: expected an integer of at most 64 bits, found more")
    return value


_PlainLoader.add_constructor("tag:yaml.org,2002:int", _short_integer)
_PlainLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)


# A build asks for each file several times: before Snakemake reads it, and to lay it over others.
@lru_cache(maxsize=8)
def _parsed(content: bytes) -> Any:
    return yaml.load(content.decode("utf-8"), Loader=_PlainLoader)


def read_yaml(path: str | Path) -> Any:
    """Read one YAML file safely; a key given twice is an error.

    Raises
    ------
    ConfigError
        Missing or huge file, bytes that are not UTF-8, broken YAML, an alias, or a repeated key.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ConfigError(f"expected at most {MAX_BYTES} bytes, found more")
        return deepcopy(_parsed(content))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: expected UTF-8 text, found byte {error.start}") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from None
    except Exception as error:  # PyYAML lets what a tag's own reader raises pass: "!!bool x"
        reason = " ".join(str(error).split())
        raise ConfigError(f"{path}: not valid YAML: {reason or type(error).__name__}") from None


def read_merged(
    paths: Iterable[str | Path], above: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Read configuration files, each laid over those before it, key by key.

    The last of all is `above`, where there is one. ``null`` takes away what was there before.

    Raises
    ------
    ConfigError
        As `check_files`; or a ``null`` takes away what is not there.
    """
    merged: dict[str, Any] = {}
    for path in paths:
        check_files([path])
        lay_over(merged, read_yaml(path), f"{path}: ")
    lay_over(merged, above or {}, "--config: ")
    return merged


def lay_over(below: dict[str, Any], above: Mapping[str, Any], place: str = "") -> None:
    """Lay settings over others, in place, as `read_merged` does; `place` begins a message."""
    for key, value in above.items():
        if isinstance(value, dict):
            if not isinstance(below.get(key), dict):
                below[key] = {}
            lay_over(below[key], value, f"{place}{key}.")
        elif value is not None:
            below[key] = value
        elif below.pop(key, None) is None:
            raise ConfigError(f"{place}{key}: null takes away what is there, but found nothing")


def add_configfile(parser: ArgumentParser) -> None:
    """Let a command take ``--configfile``, as often as one likes, each time one or more."""
    parser.add_argument(
        "--configfile",
        "--configfiles",
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        help="laid over config/config.yaml, each over those before it",
    )


def build_folder(paths: Iterable[str | Path]) -> Path:
    """Return where the study of these files is built, which are laid over config/config.yaml.

    Raises
    ------
    ConfigError
        As `read_merged`, or the folder is no text.
    """
    found = read_merged([CONFIG, *paths]).get("folder", ".")
    if not isinstance(found, str):
        raise ConfigError(f"folder: expected a path, found {found!r}")
    return Path(found)


def check_files(paths: Iterable[str | Path]) -> None:
    """Check that configuration files are plain mappings, before Snakemake reads them.

    Snakemake's reader lets nesting without end and bytes that are no text end in a traceback, and
    runs the Python in a file that says ``__use_yte__``.

    Raises
    ------
    ConfigError
        As `read_yaml`, or the file is not a mapping of plain keys.
    """
    for path in paths:
        found = read_yaml(path)
        if not isinstance(found, dict):
            what = "nothing" if found is None else f"a {type(found).__name__}"
            raise ConfigError(f"{path}: expected keys and values, found {what}")
        if "__use_yte__" in found:
            raise ConfigError(
                f"{path}: found the key '__use_yte__', expected a file without code to run"
            )
