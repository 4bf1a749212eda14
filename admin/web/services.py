"""What the pages of staff work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from admin.editing.questions import Asked
from channels.limits import RateLimit
from knowledge.served import ServedPackage
from translations.machine.translation import MachineTranslation


@dataclass(frozen=True, kw_only=True)
class StaffServices:
    """Set on `app.state.staff`. `url` is the address of the service as people see it."""

    url: str
    trust_proxy: bool
    sign_in_limit: RateLimit


@dataclass(frozen=True, kw_only=True)
class EditingServices:
    """What the editors' room works with; set on `app.state.editing`.

    `served` is what this process answers from, which may lag a second behind what stands in the database; `tried` wakes
    whoever carries out trials; `asked` groups what people ask that no page answers.
    """

    served: ServedPackage
    machine: MachineTranslation
    tried: Callable[[], None]
    asked: Asked


def editing_services(request: Request) -> EditingServices:
    """The services of this app."""
    services: EditingServices = request.app.state.editing
    return services


Editing = Annotated[EditingServices, Depends(editing_services)]


def staff_services(request: Request) -> StaffServices:
    """The services of this app."""
    services: StaffServices = request.app.state.staff
    return services


Services = Annotated[StaffServices, Depends(staff_services)]
