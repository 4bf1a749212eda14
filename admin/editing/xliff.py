"""XLIFF 1.2, the format that translation agencies and their tools read and write. Knows no page, only numbered codes.

Import it where it is used: translate-toolkit and lxml take 10 MB of memory.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from lxml import etree
from translate.storage.placeables import StringElem
from translate.storage.placeables.xliff import G, UnknownXML, X
from translate.storage.xliff import Xliff1File, Xliff1Unit

from admin.editing.exchange import MOST_BYTES, Code, Coded, ReturnedPage, ReturnedSegment, SentPage, SentSegment

_NAMESPACE = "urn:oasis:names:tc:xliff:document:1.2"
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_TRANSPARENT = {"mrk"}
"""What a tool puts around words for itself."""
_STATES = {
    "draft": "needs-review-translation",
    "reviewed": "translated",
    "approved": "final",
}


class Unreadable(StrEnum):
    """Why a file cannot be read at all."""

    TOO_BIG = "too_big"
    NOT_UTF8 = "not_utf8"
    ENTITIES = "entities"
    NOT_XML = "not_xml"
    NOT_XLIFF = "not_xliff"


class NotXliff(ValueError):
    """This is no XLIFF 1.2, or none that is safe to read."""

    def __init__(self, reason: Unreadable) -> None:
        super().__init__(reason.value)
        self.reason = reason


class _Unit(Xliff1Unit):
    namespace = _NAMESPACE


class _File(Xliff1File[_Unit]):
    UnitClass = _Unit
    namespace = _NAMESPACE
    XMLskeleton = f"""<?xml version="1.0" encoding="utf-8"?>
<xliff version="1.2" xmlns="{_NAMESPACE}">
<file original="NoName" source-language="en" datatype="plaintext">
<body>
</body>
</file>
</xliff>"""


def written_xliff(pages: Sequence[SentPage]) -> bytes:
    """The file with these pages."""
    file = _File()
    for page in pages:
        node = file.createfilenode(page.original, page.source_language, page.target_language, "x-wegwijs-page")
        if node.getparent() is None:
            file.document.getroot().append(node)
        for segment in page.segments:
            file.switchfile(page.original)
            file.addunit(_unit(segment, status=page.status))
    written: bytes = bytes(file)
    return written


def _unit(segment: SentSegment, *, status: str) -> _Unit:
    unit = _Unit(None)
    unit.setid(segment.id)
    unit.rich_source = [_tree(segment.source)]
    if segment.target is not None:
        unit.rich_target = [_tree(segment.target)]
        unit.get_target_dom().set("state", _STATES[status])
    if segment.before is not None:
        unit.addalttrans(segment.before.target, sourcetxt=segment.before.source, origin="before")
    unit.addnote("\n".join(segment.notes), origin="developer")
    return unit


def _tree(line: Coded) -> StringElem:
    return StringElem([_element(piece) for piece in line])


def _element(piece: str | Code) -> StringElem:
    if isinstance(piece, str):
        return StringElem(piece)
    about = {"ctype": piece.kind, "equiv-text": piece.shown}
    if piece.inner is None:
        return X(id=piece.id, xml_attrib=about)
    return G(id=piece.id, sub=[_element(inner) for inner in piece.inner], xml_attrib=about)


def read_xliff(data: bytes) -> list[ReturnedPage]:
    """The pages in a file that came back.

    Raises:
        NotXliff: it is too big, has entities, or is not XLIFF 1.2.
    """
    document, safe = _File(), _safe(data)
    try:
        document.parse(safe)
    except (etree.XMLSyntaxError, UnicodeError):
        raise NotXliff(Unreadable.NOT_XML) from None
    except (ValueError, AssertionError, StopIteration, AttributeError):
        raise NotXliff(Unreadable.NOT_XLIFF) from None
    root = document.document.getroot()
    if root.tag not in {f"{{{_NAMESPACE}}}xliff"}:
        raise NotXliff(Unreadable.NOT_XLIFF)
    return [_returned_page(node) for node in root.iterchildren(f"{{{_NAMESPACE}}}file")]


def _safe(data: bytes) -> bytes:
    """The same in UTF-8, if nothing in it can grow or point elsewhere."""
    if len(data) > MOST_BYTES:
        raise NotXliff(Unreadable.TOO_BIG)
    try:
        text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError:
        raise NotXliff(Unreadable.NOT_UTF8) from None
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise NotXliff(Unreadable.ENTITIES)
    return _DECLARATION.sub("", text).strip().encode()


def _returned_page(node: Any) -> ReturnedPage:
    return ReturnedPage(
        original=node.get("original", ""),
        target_language=node.get("target-language", ""),
        segments=tuple(
            _returned_segment(_Unit.createfromxmlElement(each)) for each in node.iter(f"{{{_NAMESPACE}}}trans-unit")
        ),
    )


def _returned_segment(unit: _Unit) -> ReturnedSegment:
    target = unit.get_target_dom()
    line = tuple(_pieces(unit.rich_target[0])) if target is not None else ()
    return ReturnedSegment(id=unit.xmlelement.get("id", ""), target=line)


def _pieces(element: StringElem) -> Iterator[str | Code]:
    for piece in element.sub:
        if isinstance(piece, str):
            yield piece
        elif isinstance(piece, X):
            yield Code(id=piece.id or "")
        elif isinstance(piece, G):
            yield Code(id=piece.id or "", inner=tuple(_pieces(piece)))
        elif isinstance(piece, UnknownXML):
            name = etree.QName(piece.xml_node).localname
            if name in _TRANSPARENT:
                yield from _pieces(piece)
            else:
                yield Code(id=piece.id if name == "ph" and piece.id else f"<{name}>")
        else:
            yield from _pieces(piece)
