"""The pages of staff: plain forms that work without a script, for the right people only, from our own pages only."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from sqlmodel import select

from admin.tables import Invitation, Role, Staff
from admin.web.guards import COOKIE
from bot.teams import Team
from channels.limits import RateLimit
from tests.admin.people import ORIGIN, PASSWORD, as_member, code_of, make_staff, send
from wegwijs.settings import settings
from wegwijs.storage import transaction


def invitation_path(html: str) -> str:
    """The link an administrator is shown."""
    (link,) = re.findall(r"<code>(http[^<]+)</code>", html)
    return urlsplit(link).path


def shown_secret(html: str) -> str:
    (secret,) = re.findall(r"<code>([A-Z2-7 ]+)</code>", html)
    return secret.replace(" ", "")


async def test_from_invitation_to_the_first_page_without_a_script(browser: httpx.AsyncClient) -> None:
    as_member(browser, make_staff(Role.ADMINISTRATOR))
    invited = await send(
        browser,
        "/desk/staff",
        login="Amal@Example.org",
        name="Amal",
        role="desk",
        teams=["infopunt", "medical"],
        speaks=["nl", "ar"],
        interface="fr",
    )
    path = invitation_path(invited.text)
    assert path not in (await browser.get("/desk/staff")).text
    browser.cookies.clear()
    welcome = await browser.get(path)
    assert '<html lang="fr">' in welcome.text
    assert "<svg" in welcome.text
    assert "style=" not in welcome.text
    assert "<script" not in welcome.text
    code = pyotp.TOTP(shown_secret(welcome.text)).now()
    accepted = await send(browser, path, password="une phrase à retenir", code=code)
    assert accepted.status_code == 303, accepted.text
    assert (await browser.get("/desk")).headers["location"] == "/desk/conversations"
    account = await browser.get("/desk/account")
    assert "Amal" in account.text
    assert re.search(r'value="ar" checked', account.text)
    assert (await browser.get(path)).status_code == 404


async def test_what_is_wrong_with_an_invitation_is_said_and_nothing_is_lost(browser: httpx.AsyncClient) -> None:
    as_member(browser, make_staff(Role.ADMINISTRATOR))
    invited = await send(browser, "/desk/staff", login="amal", name="Amal", role="desk", interface="en")
    path = invitation_path(invited.text)
    code = pyotp.TOTP(shown_secret((await browser.get(path)).text)).now()
    short = await send(browser, path, password="short", code=code)
    assert (short.status_code, "too short" in short.text) == (422, True)
    wrong = await send(browser, path, password="a sentence to keep", code="")
    assert (wrong.status_code, "not the code" in wrong.text) == (422, True)
    assert (await send(browser, path, password="a sentence to keep", code=code)).status_code == 303


async def test_signing_in_and_out(browser: httpx.AsyncClient) -> None:
    staff = make_staff(Role.ADMINISTRATOR)
    refused = await send(browser, "/desk/sign-in", login=staff.login, password="wrong password", code=code_of(staff))
    assert (refused.status_code, 'role="alert"' in refused.text) == (422, True)
    unknown = await send(browser, "/desk/sign-in", login="nobody", password=PASSWORD, code=code_of(staff))
    assert unknown.text == refused.text.replace(f'value="{staff.login}"', 'value="nobody"')
    let_in = await send(browser, "/desk/sign-in", login=staff.login, password=PASSWORD, code=code_of(staff))
    cookie = let_in.headers["set-cookie"]
    assert {"HttpOnly", "Path=/desk", "SameSite=strict", "Max-Age=43200"} <= set(cookie.split("; "))
    assert (await browser.get("/desk")).headers["location"] == "/desk/staff"
    token = browser.cookies[COOKIE]
    assert (await send(browser, "/desk/sign-out")).headers["location"] == "/desk/sign-in"
    browser.cookies.set(COOKIE, token)
    assert (await browser.get("/desk")).headers["location"] == "/desk/sign-in"


async def test_signing_in_ends_the_session_the_browser_came_with(browser: httpx.AsyncClient) -> None:
    staff = make_staff()
    as_member(browser, staff)
    before = browser.cookies[COOKIE]
    await send(browser, "/desk/sign-in", login=staff.login, password=PASSWORD, code=code_of(staff))
    browser.cookies.clear()
    browser.cookies.set(COOKIE, before)
    assert (await browser.get("/desk/account")).status_code == 303


async def test_the_cookie_is_for_https_only_where_the_service_is(
    monkeypatch: pytest.MonkeyPatch, browser: httpx.AsyncClient
) -> None:
    monkeypatch.setattr(settings(), "public_url", "https://wegwijs.example")
    staff = make_staff()
    form = {"login": staff.login, "password": PASSWORD, "code": code_of(staff)}
    let_in = await browser.post("/desk/sign-in", data=form, headers={"Origin": "https://wegwijs.example"})
    assert "; Secure" in let_in.headers["set-cookie"]
    elsewhere = await browser.post("/desk/sign-in", data=form, headers={"Origin": "http://wegwijs.example"})
    assert elsewhere.status_code == 403


async def test_one_address_tries_only_so_often(app: FastAPI, browser: httpx.AsyncClient) -> None:
    still = RateLimit(per_minute=2, clock=lambda: 0.0)
    app.state.staff = replace(app.state.staff, sign_in_limit=still)
    staff = make_staff()
    for _ in range(2):
        assert (await send(browser, "/desk/sign-in", login=staff.login, password="x", code="x")).status_code == 422
    form = {"login": staff.login, "password": PASSWORD, "code": code_of(staff)}
    refused = await send(browser, "/desk/sign-in", **form)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    app.state.staff = replace(app.state.staff, sign_in_limit=RateLimit(per_minute=2))
    assert (await send(browser, "/desk/sign-in", **form)).status_code == 303


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        ({"Origin": ORIGIN}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "https://elsewhere.example"}, False),
        ({"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": f"{ORIGIN}.elsewhere.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({}, False),
    ],
)
async def test_a_write_is_taken_from_our_own_pages_only(
    browser: httpx.AsyncClient, headers: dict[str, str], is_taken: bool
) -> None:
    staff = make_staff()
    as_member(browser, staff)
    answer = await browser.post("/desk/account", data={"name": "Changed", "interface": "nl"}, headers=headers)
    assert answer.status_code == (303 if is_taken else 403)
    with transaction() as session:
        assert session.exec(select(Staff.name)).one() == ("Changed" if is_taken else "Noor")


async def test_nothing_of_staff_is_kept_by_a_cache_but_their_style_sheet(browser: httpx.AsyncClient) -> None:
    as_member(browser, make_staff())
    for path in ("/desk", "/desk/account", "/desk/staff", "/desk/sign-in", "/desk/nothing-here"):
        assert (await browser.get(path)).headers["cache-control"] == "no-store", path
    html = (await browser.get("/desk/account")).text
    (style,) = re.findall(r'href="(/desk/static/staff\.css[^"]+)"', html)
    assert "immutable" in (await browser.get(style)).headers["cache-control"]
    for elsewhere in ("../pages.py", "..%2Fpages.py", "nothing.css"):
        assert (await browser.get(f"/desk/static/{elsewhere}")).status_code == 404


async def test_the_pages_run_no_script_that_is_not_a_file_and_tell_no_other_site(browser: httpx.AsyncClient) -> None:
    headers = (await browser.get("/desk/sign-in")).headers
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"
    assert (await browser.get("/robots.txt")).text.count("/desk") == 1


async def test_an_administrator_changes_disables_and_invites_again(browser: httpx.AsyncClient) -> None:
    as_member(browser, make_staff(Role.ADMINISTRATOR))
    staff = make_staff(Role.DESK, Team.INFOPUNT)
    path = f"/desk/staff/{staff.id}"
    assert (await send(browser, path, name="Lien", role="editor", speaks="fr")).status_code == 303
    with transaction() as session:
        changed = session.exec(select(Staff).where(Staff.id == staff.id)).one()
        assert (changed.name, changed.role, changed.teams, changed.speaks) == ("Lien", Role.EDITOR, [], ["fr"])
    assert (await send(browser, f"{path}/disable")).status_code == 303
    assert "disabled since" in (await browser.get("/desk/staff")).text
    assert (await send(browser, f"{path}/enable")).status_code == 303
    again = await send(browser, f"{path}/invitation")
    with transaction() as session:
        assert session.exec(select(Invitation)).one().staff_id == staff.id
    assert (await browser.get(invitation_path(again.text))).status_code == 200


async def test_the_last_administrator_stays_and_is_told_so(browser: httpx.AsyncClient) -> None:
    only = make_staff(Role.ADMINISTRATOR)
    as_member(browser, only)
    for path, form in ((f"/desk/staff/{only.id}/disable", {}), (f"/desk/staff/{only.id}", {"role": "desk"})):
        refused = await send(browser, path, name="Noor", **form)
        assert (refused.status_code, "last administrator" in refused.text) == (422, True)
    make_staff(Role.ADMINISTRATOR)
    assert (await send(browser, f"/desk/staff/{only.id}/disable")).status_code == 303


async def test_what_is_asked_wrongly_of_an_account_is_said(browser: httpx.AsyncClient) -> None:
    as_member(browser, make_staff(Role.ADMINISTRATOR, login="noor"))
    form = {"role": "desk", "interface": "en"}
    for login, name, said in (
        ("noor", "N", "Somebody has this login"),
        ("a b", "N", "plain letters"),
        ("n", "N", "plain letters"),
        ("lien", "  ", "1 to 60"),
        ("lien", "x" * 61, "1 to 60"),
    ):
        refused = await send(browser, "/desk/staff", login=login, name=name, **form)
        assert (refused.status_code, said in refused.text) == (422, True)
    assert (await browser.get("/desk/staff/99999")).status_code == 404
    assert (await send(browser, "/desk/staff/99999/disable")).status_code == 404


async def test_one_changes_ones_own_languages_and_duty(browser: httpx.AsyncClient) -> None:
    as_member(browser, make_staff())
    await send(browser, "/desk/account", name="Noor B", interface="nl", speaks=["so", "nl", "xx"], on_duty="true")
    html = (await browser.get("/desk/account?saved=details")).text
    assert '<html lang="nl">' in html
    assert "Bewaard." in html
    with transaction() as session:
        staff = session.exec(select(Staff)).one()
        assert (staff.name, staff.speaks, staff.on_duty) == ("Noor B", ["nl", "so"], True)


async def test_another_password_needs_the_present_one_and_ends_the_other_sessions(browser: httpx.AsyncClient) -> None:
    staff = make_staff()
    as_member(browser, staff)
    other = browser.cookies[COOKIE]
    as_member(browser, staff)
    own = browser.cookies[COOKIE]
    path, new = "/desk/account/password", "another sentence to keep"
    assert "not your present" in (await send(browser, path, current="wrong password", new=new)).text
    assert "too easy" in (await send(browser, path, current=PASSWORD, new="passwordpassword")).text
    assert (await send(browser, path, current=PASSWORD, new=new)).status_code == 303
    for token, status in ((own, 200), (other, 303)):
        browser.cookies.clear()
        browser.cookies.set(COOKIE, token)
        assert (await browser.get("/desk/account")).status_code == status
    assert (await send(browser, "/desk/sign-in", login=staff.login, password=new, code=code_of(staff))).is_redirect


async def test_signing_out_everywhere(browser: httpx.AsyncClient) -> None:
    staff = make_staff()
    as_member(browser, staff)
    other = browser.cookies[COOKIE]
    as_member(browser, staff)
    await send(browser, "/desk/account/sign-out-everywhere")
    browser.cookies.clear()
    browser.cookies.set(COOKIE, other)
    assert (await browser.get("/desk/account")).status_code == 303


async def test_a_role_that_may_not_is_told_and_sees_its_own_menu(browser: httpx.AsyncClient) -> None:
    as_member(browser, make_staff(Role.EDITOR))
    refused = await browser.get("/desk/staff")
    assert refused.status_code == 403
    assert "does not go with your role" in refused.text
    assert 'href="/desk/staff"' not in refused.text
    assert 'href="/desk/account"' in refused.text


@pytest.mark.parametrize(("asked", "given"), [("nl-BE,nl", "nl"), ("fr", "fr"), ("ar,fr;q=0.5", "fr"), ("de", "en")])
async def test_before_signing_in_the_page_speaks_the_browsers_language(
    browser: httpx.AsyncClient, asked: str, given: str
) -> None:
    html = (await browser.get("/desk/sign-in", headers={"Accept-Language": asked})).text
    assert f'<html lang="{given}">' in html
