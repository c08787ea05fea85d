"""Data described in Croissant 1.0, JSON-LD that readers of data sets for machine learning know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from paperledger.archive.contents import digest, size
from paperledger.io.tables import Contract, read_contract

CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""As the specification gives it; readers warn of any other."""


def dataset(said: Mapping[str, Any], files: Iterable[Any], sets: Iterable[Any]) -> dict[str, Any]:
    """Describe a data set of files and record sets; `said` has its name, licence and the like."""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        **said,
        "distribution": list(files),
        "recordSet": list(sets),
    }


def file_object(name: str, content: Path, kind: str) -> dict[str, Any]:
    """Describe a file by its path beside the description, its bytes and its media type."""
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{size(content)} B",
        "encodingFormat": kind,
        "sha256": digest(content),
    }


def tables(files: Mapping[str, Path]) -> tuple[list[Any], list[Any]]:
    """Describe tables by the contracts that they carry: their files, and a record set of each."""
    contracts = {name: read_contract(path) for name, path in files.items()}
    objects = [file_object(name, path, "application/x-parquet") for name, path in files.items()]
    return objects, [_record_set(name, contract) for name, contract in contracts.items()]


def _record_set(file: str, contract: Contract) -> dict[str, Any]:
    table = contract.name
    return {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "description": contract.caption or f"The table {table}.",
        "key": [{"@id": f"{table}/{column}"} for column in contract.key],
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{table}/{name}",
                "name": name,
                "description": column.meaning + (f"; unit: {column.unit}" if column.unit else ""),
                "dataType": data_type(column.type),
                "source": {"fileObject": {"@id": file}, "extract": {"column": name}},
            }
            for name, column in contract.columns.items()
        ],
    }


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
