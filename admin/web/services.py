"""What the pages of staff work with."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from channels.limits import RateLimit


@dataclass(frozen=True, kw_only=True)
class StaffServices:
    """Set on `app.state.staff`. `url` is the address of the service as people see it."""

    url: str
    trust_proxy: bool
    sign_in_limit: RateLimit


def staff_services(request: Request) -> StaffServices:
    """The services of this app."""
    services: StaffServices = request.app.state.staff
    return services


Services = Annotated[StaffServices, Depends(staff_services)]
