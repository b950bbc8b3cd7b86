"""YAML files read under guard: values with their places, and every fault as a sentence."""

from promptci.parsing.source import Node


def load_yaml(data: bytes, path: str) -> Node:
    """The one value in a YAML file, with the places of all its parts.

    `data` is the file as it is on disk or in git; `path` is only its name in errors. Scalars are
    those of the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema), except that
    a number with leading zeros stays text. Raises `SpecError` with every fault found; a syntax
    error or an exceeded limit ends the search.
    """
    from promptci.parsing.yamlevents import read_document  # late: PyYAML is slow to load

    return read_document(data, path)
