"""The second part of `make bench`: how long the desk takes to open with many conversations, in a real browser."""

import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from admin.web.guards import COOKIE
from tests.conftest import Service, start_service, stop_service
from tests.hiring import hired, in_its_place

CONVERSATIONS, WAITING, MESSAGES = 5_000, 200, 6
TIMES = 7
_FILL = """
import sys
from datetime import timedelta
from bot.conversations import Author, Message, State, start_conversation
from wegwijs.storage import now, transaction
conversations, waiting, messages = map(int, sys.argv[1:])
languages = ["ti", "ar", "fa", "ps", "so", "tr", "fr"]
with transaction() as session:
    for number in range(conversations):
        made, _ = start_conversation(session, channel="web", language=languages[number % len(languages)])
        for place in range(messages):
            author = Author.PERSON if place % 2 == 0 else Author.BOT
            session.add(Message(conversation_id=made.id, channel="web", provider_id=f"{made.id}:{place}", author=author,
                                content={"kind": "text", "text": "words " * 20}, processed_at=now()))
        if number % (conversations // waiting) == 0:
            made.state, made.team, made.reason = State.WAITING, "infopunt", "asked"
            made.waiting_since = now() - timedelta(seconds=number)
"""


def seconds_to_open(page: Page, address: str) -> float:
    """From asking for the page until the last row of the list can be read."""
    started = time.perf_counter()
    page.goto(address)
    expect(page.locator("#list button")).to_have_count(WAITING)
    return time.perf_counter() - started


def measure(service: Service) -> list[float]:
    """The desk opened some times by one member of staff."""
    in_its_place(service, _FILL, str(CONVERSATIONS), str(WAITING), str(MESSAGES))
    token = hired(service, "Noor", "infopunt", "nl")
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context()
        context.add_cookies([{"name": COOKIE, "value": token, "url": f"{service.url}/desk"}])
        page = context.new_page()
        times = [seconds_to_open(page, f"{service.url}/desk/conversations") for _ in range(TIMES)]
        browser.close()
    return times


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        service = start_service(Path(folder))
        times = measure(service)
        stop_service(service)
    print(
        f"desk opens               {statistics.median(times):6.2f} s, longest {max(times):.2f} s"
        f" ({CONVERSATIONS} conversations, {WAITING} waiting)"
    )


if __name__ == "__main__":
    main()
