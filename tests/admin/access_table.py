"""Who may use which route of staff, read from the routes themselves: `python -m tests.admin.access_table` writes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from admin.tables import Role
from admin.web.guards import PREFIX, UndeclaredAccess, allowed_roles
from wegwijs.app import make_app
from wegwijs.settings import PROJECT, Settings

DOCUMENT = PROJECT / "docs" / "access-table.md"
_HEAD = """# Who may use which page of staff

Made from the routes by `python -m tests.admin.access_table`; `tests/admin/test_access_table.py` tries every cell with a
real request. A role that opens a route may still not open every conversation: that is decided by `admin/access.py`.

"""


@dataclass(frozen=True)
class Route:
    """One route of staff; `roles` is None when all the world may use it."""

    method: str
    path: str
    roles: frozenset[Role] | None

    def lets_in(self, role: Role | None) -> bool:
        """Whether this role may use it; None is somebody who is not signed in."""
        return self.roles is None or role in self.roles


def staff_routes(app: FastAPI) -> list[Route]:
    """Every route under /desk of the app, by path.

    Raises:
        UndeclaredAccess: a route does not say who may use it.
    """
    return sorted(_staff_routes(app), key=lambda route: (route.path, route.method))


def _staff_routes(app: FastAPI) -> Iterator[Route]:
    for context in iter_route_contexts(app.routes):
        path = str(context.path)
        if not f"{path}/".startswith(f"{PREFIX}/"):
            continue
        dependant = getattr(context, "dependant", None)
        if dependant is None:
            raise UndeclaredAccess(path)
        for method in sorted((context.methods or set()) - {"HEAD"}):
            yield Route(method, path, allowed_roles(dependant))


def access_table(routes: list[Route]) -> str:
    """The document."""
    columns = [None, *Role]
    names = ["not signed in", *(role.value for role in Role)]
    lines = [f"| route | {' | '.join(names)} |", f"|---|{':-:|' * len(names)}"]
    for route in routes:
        cells = ("yes" if route.lets_in(role) else "-" for role in columns)
        lines.append(f"| `{route.method} {route.path}` | {' | '.join(cells)} |")
    return _HEAD + "\n".join(lines) + "\n"


def write(path: Path) -> None:
    """Write the document for the app as it is."""
    with TemporaryDirectory() as folder:
        app = make_app(Settings(data_dir=Path(folder), rasa_enabled=False))
        path.write_text(access_table(staff_routes(app)), encoding="utf-8")


if __name__ == "__main__":
    write(DOCUMENT)
