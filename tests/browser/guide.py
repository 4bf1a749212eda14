"""The pictures of the guides in docs, taken while the tests run (`make guide`)."""

import os

from playwright.sync_api import Locator, Page

from wegwijs.settings import PROJECT

DOCS = PROJECT / "docs"


def shot(shown: Page | Locator, path: str) -> None:
    """A picture of a page or of a part of it, "desk/list.png" in docs; none unless they are asked for."""
    if os.environ.get("WEGWIJS_GUIDE"):
        shown.screenshot(path=DOCS / path)
