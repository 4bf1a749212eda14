"""Accounts on the command line: the first administrator, and the way back in for one who lost their phone."""

import re

import httpx
import pytest
from click.testing import Result
from sqlmodel import select
from typer.testing import CliRunner

from admin.tables import Role, Staff
from bot.teams import Team
from tests.admin.people import make_staff
from wegwijs.cli import app as command_line
from wegwijs.storage import transaction


@pytest.fixture(autouse=True)
def public_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address people see."""
    monkeypatch.setenv("WEGWIJS_PUBLIC_URL", "https://wegwijs.example")


def staff_command(*arguments: str) -> Result:
    return CliRunner().invoke(command_line, ["staff", *arguments])


def invitation(output: str) -> str:
    (path,) = re.findall(r"^https://wegwijs\.example(/desk/invitations/\S+)$", output, re.MULTILINE)
    return path


async def test_the_first_administrator_gets_a_link_and_no_password(browser: httpx.AsyncClient) -> None:
    made = staff_command("create", "lien@example.org", "--name", "Lien")
    assert made.exit_code == 0, made.output
    assert "Welcome, Lien" in (await browser.get(invitation(made.stdout))).text.replace("Welkom", "Welcome")
    again = staff_command("create", "noor@example.org", "--name", "Noor")
    assert again.exit_code == 1
    assert "administrator already" in again.output
    assert staff_command("create", "noor@example.org", "--name", "Noor", "--another").exit_code == 0
    listed = staff_command("list").stdout.splitlines()
    assert listed == [f"{name.lower()}@example.org  {name}  administrator  -  invited" for name in ("Lien", "Noor")]


async def test_somebody_new_and_somebody_who_lost_their_phone_are_invited(browser: httpx.AsyncClient) -> None:
    known = make_staff(Role.ADMINISTRATOR, login="lien")
    again = staff_command("invite", "lien")
    assert (await browser.get(invitation(again.stdout))).status_code == 200
    staff_command("invite", "amal", "--name", "Amal", "--team", "medical", "--team", "return")
    with transaction() as session:
        found = {staff.login: staff for staff in session.exec(select(Staff))}
    assert found["lien"].password_hash is None
    assert known.password_hash is not None
    assert (found["amal"].role, found["amal"].teams) == (Role.DESK, [Team.MEDICAL, Team.RETURN])


@pytest.mark.usefixtures("in_database")
def test_an_unknown_login_is_said() -> None:
    done = staff_command("invite", "nobody")
    assert (done.exit_code, "nobody" in done.output) == (1, True)
