"""Accounts: no default password, invitations that work once, a change of rights that ends what was open."""

from datetime import timedelta
from threading import Barrier, Thread

import pyotp
import pytest
from sqlmodel import Session, select

from admin.accounts import (
    AdministratorExists,
    CodeIsWrong,
    InvitationIsNotValid,
    LastAdministrator,
    LoginIsTaken,
    PasswordIsWrong,
    accept_invitation,
    change,
    change_password,
    create_first_administrator,
    disable,
    enable,
    forget_old_invitations,
    invite,
    new_invitation,
    open_invitation,
    staff_with_id,
)
from admin.passwords import PasswordIsWeak, Weakness, check_password, is_password
from admin.sign_in import sign_in, signed_in
from admin.tables import AuditEntry, Invitation, Role, Staff
from bot.teams import Team
from tests.admin.people import PASSWORD, begin, code_of, make_staff
from wegwijs.storage import now, transaction

pytestmark = pytest.mark.usefixtures("in_database")


def accept(session: Session, token: str, password: str = PASSWORD) -> Staff:
    invitation, _ = open_invitation(session, token)
    return accept_invitation(session, token=token, password=password, code=pyotp.TOTP(invitation.totp_secret).now())


def is_signed_in(token: str) -> bool:
    with transaction() as session:
        return signed_in(session, token) is not None


def test_the_first_administrator_chooses_a_password_and_there_is_none_before() -> None:
    with transaction() as session:
        token = create_first_administrator(session, login="Lien@Example.org", name="Lien")
        staff = session.exec(select(Staff)).one()
        assert (staff.login, staff.role, staff.password_hash) == ("lien@example.org", Role.ADMINISTRATOR, None)
    with transaction() as session:
        accept(session, token)
    later = now() + timedelta(minutes=1)
    with transaction() as session:
        staff = session.exec(select(Staff)).one()
        assert (staff.password_hash or "").startswith("$argon2id$")
        assert sign_in(session, login=staff.login, password=PASSWORD, code=code_of(staff, later), moment=later)


def test_a_second_first_administrator_is_refused_unless_asked_for() -> None:
    with transaction() as session:
        create_first_administrator(session, login="lien", name="Lien")
        with pytest.raises(AdministratorExists):
            create_first_administrator(session, login="noor", name="Noor")
        assert create_first_administrator(session, login="noor", name="Noor", another=True)
        with pytest.raises(LoginIsTaken):
            create_first_administrator(session, login="NOOR", name="Noor", another=True)


def test_an_invitation_works_once_and_three_days() -> None:
    with transaction() as session:
        token = invite(session, by=None, login="amal", name="Amal", role=Role.DESK)
    with transaction() as session, pytest.raises(InvitationIsNotValid):
        open_invitation(session, token, moment=now() + timedelta(days=3, seconds=1))
    with transaction() as session:
        accept(session, token)
    with transaction() as session, pytest.raises(InvitationIsNotValid):
        accept(session, token)
    with transaction() as session, pytest.raises(InvitationIsNotValid):
        open_invitation(session, "made up")


def test_of_two_who_take_up_one_invitation_at_once_one_has_the_account() -> None:
    with transaction() as session:
        token = invite(session, by=None, login="amal", name="Amal", role=Role.DESK)
    together, outcomes = Barrier(2), []

    def take_up(password: str) -> None:
        together.wait()
        try:
            with transaction() as session:
                accept(session, token, password)
            outcomes.append(password)
        except InvitationIsNotValid:
            outcomes.append("")

    threads = [Thread(target=take_up, args=(password,)) for password in ("a first sentence", "a second sentence")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (chosen,) = (outcome for outcome in outcomes if outcome)
    assert len(outcomes) == 2
    with transaction() as session:
        assert is_password(session.exec(select(Staff.password_hash)).one(), chosen)


def test_a_name_is_what_people_can_read() -> None:
    with transaction() as session:
        invite(session, by=None, login="amal", name="  Amal\u202e\x00   B ", role=Role.DESK)
        assert session.exec(select(Staff.name)).one() == "Amal B"


def test_the_code_that_took_up_the_invitation_signs_nobody_in_again() -> None:
    moment = now()
    with transaction() as session:
        token = invite(session, by=None, login="amal", name="Amal", role=Role.DESK)
        invitation, staff = open_invitation(session, token)
        code = pyotp.TOTP(invitation.totp_secret).at(moment)
        accept_invitation(session, token=token, password=PASSWORD, code=code, moment=moment)
    with transaction() as session:
        assert sign_in(session, login="amal", password=PASSWORD, code=code, moment=moment) is None
    later = moment + timedelta(seconds=30)
    with transaction() as session:
        assert sign_in(session, login="amal", password=PASSWORD, code=code_of(staff, later), moment=later)


def test_a_wrong_code_or_a_weak_password_leaves_the_invitation_as_it_was() -> None:
    with transaction() as session:
        token = invite(session, by=None, login="amal", name="Amal", role=Role.DESK)
    with transaction() as session, pytest.raises(CodeIsWrong):
        accept_invitation(session, token=token, password=PASSWORD, code="")
    with transaction() as session, pytest.raises(PasswordIsWeak):
        accept(session, token, "short")
    with transaction() as session:
        assert accept(session, token).login == "amal"


def test_a_new_invitation_replaces_the_old_one_and_what_was_lost_opens_nothing() -> None:
    staff = make_staff()
    session_token = begin(staff)
    with transaction() as session:
        first = new_invitation(session, by=None, staff_id=staff.id or 0)
        second = new_invitation(session, by=None, staff_id=staff.id or 0)
    assert not is_signed_in(session_token)
    with transaction() as session:
        assert sign_in(session, login=staff.login, password=PASSWORD, code=code_of(staff)) is None
        with pytest.raises(InvitationIsNotValid):
            open_invitation(session, first)
    with transaction() as session:
        assert accept(session, second).totp_secret != staff.totp_secret


@pytest.mark.parametrize(
    ("role", "teams", "ends"),
    [
        (Role.DESK, [Team.INFOPUNT, Team.MEDICAL], False),
        (Role.DESK, [Team.MEDICAL, Team.INFOPUNT], False),
        (Role.DESK, [Team.INFOPUNT], True),
        (Role.DESK, [Team.INFOPUNT, Team.MEDICAL, Team.RETURN], True),
        (Role.EDITOR, [Team.INFOPUNT, Team.MEDICAL], True),
    ],
)
def test_another_role_or_other_teams_end_the_sessions_of_that_person_only(
    role: Role, teams: list[Team], ends: bool
) -> None:
    administrator, staff = make_staff(Role.ADMINISTRATOR), make_staff(Role.DESK, Team.INFOPUNT, Team.MEDICAL)
    token, other = begin(staff), begin(administrator)
    with transaction() as session:
        change(session, by=administrator, staff_id=staff.id or 0, name="Noor", role=role, teams=teams, speaks=["nl"])
    assert is_signed_in(token) is not ends
    assert is_signed_in(other)


def test_disabling_ends_sessions_and_invitations_and_enabling_brings_the_account_back() -> None:
    administrator, staff = make_staff(Role.ADMINISTRATOR), make_staff()
    token = begin(staff)
    with transaction() as session:
        disable(session, by=administrator, staff_id=staff.id or 0)
    assert not is_signed_in(token)
    with transaction() as session:
        assert sign_in(session, login=staff.login, password=PASSWORD, code=code_of(staff)) is None
    with transaction() as session:
        enable(session, by=administrator, staff_id=staff.id or 0)
    assert not is_signed_in(token)
    with transaction() as session:
        assert sign_in(session, login=staff.login, password=PASSWORD, code=code_of(staff))


def test_whoever_is_disabled_before_taking_up_the_invitation_cannot_do_so_any_more() -> None:
    administrator = make_staff(Role.ADMINISTRATOR)
    with transaction() as session:
        token = invite(session, by=administrator, login="amal", name="Amal", role=Role.DESK)
        invited = session.exec(select(Staff).where(Staff.login == "amal")).one()
        disable(session, by=administrator, staff_id=invited.id or 0)
    with transaction() as session, pytest.raises(InvitationIsNotValid):
        open_invitation(session, token)


def test_an_administrator_who_never_came_does_not_count_as_one() -> None:
    only = make_staff(Role.ADMINISTRATOR)
    with transaction() as session:
        invite(session, by=only, login="amal", name="Amal", role=Role.ADMINISTRATOR)
        with pytest.raises(LastAdministrator):
            disable(session, by=only, staff_id=only.id or 0)
        with pytest.raises(LastAdministrator):
            change(session, by=only, staff_id=only.id or 0, name="N", role=Role.DESK, teams=[], speaks=[])
    make_staff(Role.ADMINISTRATOR)
    with transaction() as session:
        disable(session, by=only, staff_id=only.id or 0)
        assert staff_with_id(session, only.id or 0).disabled_at


def test_another_password_needs_the_present_one_and_ends_the_other_sessions() -> None:
    staff = make_staff()
    own, other = begin(staff), begin(staff)
    with transaction() as session, pytest.raises(PasswordIsWrong):
        change_password(session, staff, current="wrong password", new="another sentence", token=own)
    assert is_signed_in(other)
    with transaction() as session:
        kept = staff_with_id(session, staff.id or 0)
        change_password(session, kept, current=PASSWORD, new="another sentence", token=own)
    assert (is_signed_in(own), is_signed_in(other)) == (True, False)


def test_the_trail_tells_who_did_what_to_which_account() -> None:
    administrator = make_staff(Role.ADMINISTRATOR)
    with transaction() as session:
        token = invite(session, by=administrator, login="amal", name="Amal", role=Role.DESK)
        accept(session, token)
    with transaction() as session:
        invited = session.exec(select(Staff).where(Staff.login == "amal")).one()
        disable(session, by=administrator, staff_id=invited.id or 0)
        told = [(entry.action, entry.staff_id, entry.detail["account"]) for entry in session.exec(select(AuditEntry))]
    assert told == [
        ("invited", administrator.id, invited.id),
        ("accepted", invited.id, invited.id),
        ("disabled", administrator.id, invited.id),
    ]


def test_old_invitations_are_forgotten_and_open_ones_kept() -> None:
    with transaction() as session:
        invite(session, by=None, login="amal", name="Amal", role=Role.DESK)
    for days, left in ((2, 1), (4, 0)):
        with transaction() as session:
            forget_old_invitations(session, moment=now() + timedelta(days=days))
        with transaction() as session:
            assert len(session.exec(select(Invitation)).all()) == left


@pytest.mark.parametrize(
    "password",
    [
        "rivier lantaarn zeven",
        "aller au marché à 8 h",
        "ሰላም ለዓለም ጽቡቕ መዓልቲ",
        "zzkfjwqpxhtn",
        "        leading spaces count",
        "password for the blue door",
        "839201748362",
        "🌧️🚲🌉🧇🍟🐈📚🎈🪁🥾🌻🍀",
    ],
)
def test_any_characters_make_a_password(password: str) -> None:
    check_password(password, login="noor@example.org", name="Noor B")


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("zzkfjwqpxht", Weakness.TOO_SHORT),
        ("x y z " * 60, Weakness.TOO_LONG),
        ("aaaaaaaaaaaaa", Weakness.TOO_COMMON),
        ("abcabcabcabc", Weakness.TOO_COMMON),
        ("123456789012", Weakness.TOO_COMMON),
        ("210987654321", Weakness.TOO_COMMON),
        ("qwertyuiopas", Weakness.TOO_COMMON),
        ("passwordpassword", Weakness.TOO_COMMON),
        ("P@ssw0rd2026!", Weakness.TOO_COMMON),
        ("Welkom-Fedasil-2026", Weakness.TOO_COMMON),
        ("motdepasse123", Weakness.TOO_COMMON),
        ("!!W3lk0m,  w3lk0m!!", Weakness.TOO_COMMON),
        ("noorderlicht boven zee", Weakness.OF_THE_PERSON),
        ("my example is better", Weakness.OF_THE_PERSON),
    ],
)
def test_what_is_short_common_or_of_the_person_is_refused(password: str, weakness: Weakness) -> None:
    with pytest.raises(PasswordIsWeak) as refused:
        check_password(password, login="noor@example.org", name="Noor B")
    assert refused.value.weakness is weakness
