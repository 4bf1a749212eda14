"""What a line comes down to, to be laid beside others: plain values, which any process can hold."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sense:
    """The meaning of a line. `vector` is for `knowledge.grouping`: float32, of unit length.

    `topics` are the nearest, the best first; `is_danger` says that it may be a cry for help.
    """

    vector: bytes
    topics: tuple[str, ...]
    is_danger: bool
