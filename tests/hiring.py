"""Members of staff of a service that runs in a process of its own."""

import os
import subprocess
import sys

from tests.conftest import Service
from wegwijs.settings import PROJECT

_HIRE = """
import sys
from admin.tables import Role, Staff
from bot.teams import Team
from tests.admin.people import begin, make_staff
from wegwijs.storage import transaction
name, team, interface = sys.argv[1:]
staff = make_staff(Role.DESK, Team(team), login=name.lower(), name=name)
with transaction() as session:
    stored = session.get_one(Staff, staff.id)
    stored.interface, stored.on_duty = interface, True
    session.add(stored)
print(begin(staff))
"""

_HIRE_TO_EDIT = """
import sys
from admin.tables import Role, Staff
from tests.admin.people import begin, make_staff
from wegwijs.storage import transaction
name, role, interface = sys.argv[1:]
staff = make_staff(Role(role), login=name.lower(), name=name)
with transaction() as session:
    stored = session.get_one(Staff, staff.id)
    stored.interface = interface
    session.add(stored)
print(begin(staff))
"""


def hired_to_edit(service: Service, name: str, role: str, interface: str) -> str:
    """The session of a new editor or publisher."""
    return in_its_place(service, _HIRE_TO_EDIT, name, role, interface).strip()


def hired(service: Service, name: str, team: str, interface: str) -> str:
    """The session of a new member of staff of the desk, on duty."""
    return in_its_place(service, _HIRE, name, team, interface).strip()


def in_its_place(service: Service, program: str, *arguments: str) -> str:
    """What a program prints that runs with the settings of the service."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, **service.environment, "PYTHONPATH": str(PROJECT)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
