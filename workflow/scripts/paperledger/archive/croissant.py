"""Data described in Croissant 1.0, JSON-LD that readers of data sets for machine learning know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from paperledger.archive.contents import digest, size
from paperledger.io.tables import Contract, read_contract

_TERMS = (
    "citeAs column equivalentProperty extract field fileObject fileProperty fileSet format "
    "includes isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated "
    "replace samplingRate separator source subField transform"
)
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{term: f"cr:{term}" for term in _TERMS.split()},
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
}
"""As the specification gives it; readers warn of any other."""


def dataset(
    said: Mapping[str, Any], files: Mapping[str, tuple[Path | bytes, str]], sets: Iterable[Any]
) -> dict[str, Any]:
    """Describe a data set by its files, each with its media type, and its record sets.

    `said` has its name, licence and the like. A file's name is its path beside the description.
    """
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        **said,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": name,
                "name": name,
                "contentUrl": name,
                "contentSize": f"{size(path)} B",
                "encodingFormat": kind,
                "sha256": digest(path),
            }
            for name, (path, kind) in files.items()
        ],
        "recordSet": list(sets),
    }


def record_set(name: str, description: str, fields: Iterable[Any], **more: Any) -> dict[str, Any]:
    """Describe records of one kind by their fields (see `field`)."""
    head = {"@type": "cr:RecordSet", "@id": name, "name": name, "description": description}
    return {**head, **more, "field": list(fields)}


def field(records: str, name: str, kind: str, meaning: str, file: str) -> dict[str, Any]:
    """Describe a field of records, which is the column of that name in a file."""
    head = {"@type": "cr:Field", "@id": f"{records}/{name}", "name": name, "description": meaning}
    source = {"fileObject": {"@id": file}, "extract": {"column": name}}
    return {**head, "dataType": kind, "source": source}


def tables(said: Mapping[str, Any], files: Mapping[str, Path]) -> dict[str, Any]:
    """Describe Parquet tables by the contracts that they carry: types, units and meanings."""
    sets = [_table(name, read_contract(path)) for name, path in files.items()]
    kinds = {name: (path, "application/x-parquet") for name, path in files.items()}
    return dataset(said, kinds, sets)


def _table(file: str, contract: Contract) -> dict[str, Any]:
    fields = (
        field(
            contract.name,
            name,
            data_type(column.type),
            column.meaning + (f"; unit: {column.unit}" if column.unit else ""),
            file,
        )
        for name, column in contract.columns.items()
    )
    key = [{"@id": f"{contract.name}/{column}"} for column in contract.key]
    said = contract.caption or f"The table {contract.name}."
    return record_set(contract.name, said, fields, key=key)


def data_type(kind: pa.DataType) -> str:
    """Name a column's type as Croissant does.

    Examples
    --------
    >>> data_type(pa.int16()), data_type(pa.bool_()), data_type(pa.float32())
    ('sc:Integer', 'sc:Boolean', 'sc:Float')
    """
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) else "sc:Text"
