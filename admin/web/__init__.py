"""The pages of staff, all under /desk."""

from fastapi import FastAPI

from admin.web import account, desk, door, editing, errors, pages, staff
from admin.web.desk import DeskServices, Refused, answer_refused
from admin.web.guards import DeskGuard
from admin.web.services import EditingServices, StaffServices


def install(
    app: FastAPI, services: StaffServices, desk_services: DeskServices, editing_services: EditingServices
) -> None:
    """Put the pages of staff into the app, behind their guard."""
    app.state.staff = services
    app.state.desk = desk_services
    app.state.editing = editing_services
    for router in (pages.router, door.router, desk.router, *editing.ROUTERS, account.router, staff.router):
        app.include_router(router)
    errors.install(app)
    app.add_exception_handler(Refused, answer_refused)
    app.add_middleware(DeskGuard)
