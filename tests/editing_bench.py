"""The third part of `make bench`: how long the matrix and a preview take on the whole package, over HTTP.

The service answers in a process of its own, as in real life; a preview includes the check of its page.
"""

import statistics
import tempfile
import time
from pathlib import Path

import httpx

from admin.editing.forms import fields_of
from admin.editing.units import page_unit
from admin.web.guards import COOKIE
from knowledge.pages import Package, load_package
from tests.conftest import Service, start_service, stop_service
from tests.hiring import hired_to_edit

TIMES = 30
LANGUAGES = ("nl", "ar", "ti", "en")
TOPICS = ("procedure/appeal", "reception/emergency-shelter", "health/emergency")


def seconds(client: httpx.Client, path: str, form: dict[str, str] | None = None) -> float:
    """How long one request takes, to the last byte of its answer; with a form it is a write."""
    started = time.perf_counter()
    client.request("POST" if form else "GET", f"/desk/package{path}", data=form).raise_for_status()
    return time.perf_counter() - started


def form_of(package: Package, unit: str, words: str) -> dict[str, str]:
    """The form of a page as a browser sends it while somebody types."""
    fields = fields_of(unit, package.sources[unit])
    texts = {
        f"{part}.{name}" if name else part: said
        for name, text in fields["texts"].items()
        for part, said in text.items()
    }
    asked = "\n".join([*fields["questions"], words])
    return {"unit": unit, "title": fields["title"], "status": "draft", "questions": asked, "still_right": "1", **texts}


def measure(service: Service) -> dict[str, list[float]]:
    """Opening the matrix, searching in it, opening a page, and previews of pages being changed."""
    package = load_package()
    with httpx.Client(base_url=service.url, timeout=60, headers={"Origin": service.url}) as client:
        client.cookies.set(COOKIE, hired_to_edit(service, "Eva", "editor", "nl"))
        units = [page_unit(topic, code) for topic in TOPICS for code in LANGUAGES]
        changed = [form_of(package, unit, f"xyzzy {turn}") for turn in range(TIMES // 10) for unit in units]
        return {
            "matrix opens": [seconds(client, "") for _ in range(TIMES)],
            "matrix searched": [seconds(client, "?q=advocaat") for _ in range(TIMES)],
            "page opens": [seconds(client, "/pages/procedure/appeal/ar") for _ in range(TIMES)],
            "preview": [seconds(client, "/drafts/look", form) for form in changed],
        }


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        service = start_service(Path(folder))
        found = measure(service)
        stop_service(service)
    for what, times in found.items():
        print(f"{what:24} {statistics.median(times):6.3f} s, longest {max(times):.3f} s ({len(times)} times)")


if __name__ == "__main__":
    main()
