"""The pages of staff, all under /desk."""

from fastapi import FastAPI

from admin.web import account, door, errors, pages, staff
from admin.web.guards import DeskGuard
from admin.web.services import StaffServices


def install(app: FastAPI, services: StaffServices) -> None:
    """Put the pages of staff into the app, behind their guard."""
    app.state.staff = services
    for room in (pages, door, account, staff):
        app.include_router(room.router)
    errors.install(app)
    app.add_middleware(DeskGuard)
