"""Telegram, WhatsApp and Messenger from the first word to the last: the real service, and stand-ins of theirs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest

from knowledge.understand import Understander
from tests.conftest import Service, free_port, start_service, stop_service, wait_until
from tests.standins import meta_payloads as payloads
from tests.standins.record import Taken
from tests.standins.running import (
    APP_SECRET,
    PAGE_ID,
    PHONE_NUMBER_ID,
    PUBLIC_URL,
    VERIFY_TOKEN,
    GraphStandin,
    TelegramStandin,
    start_graph,
    start_telegram,
)
from tests.standins.webhooks import post_signed
from translations.interface import string
from translations.languages import languages

CHANNELS = ("telegram", "whatsapp", "messenger")


@dataclass
class World:
    """The service with its three messengers."""

    service: Service
    telegram: TelegramStandin
    graph: GraphStandin

    def desk(self, *arguments: str) -> str:
        """What the desk's command line says."""
        done = subprocess.run(
            [sys.executable, "-m", "wegwijs.cli", "desk", *arguments],
            env={**os.environ, **self.service.environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout

    def conversations(self) -> float:
        """How many conversations are kept, as /metrics counts them."""
        lines = [line for line in self.metrics().splitlines() if line.startswith("wegwijs_conversations{")]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def metrics(self) -> str:
        """What Prometheus reads."""
        return httpx.get(f"{self.service.url}/metrics", timeout=10).text


@dataclass
class Person:
    """Somebody with a phone, in one messenger."""

    world: World
    channel: str
    handle: str
    seen: int = 0

    @property
    def _standin(self) -> TelegramStandin | GraphStandin:
        return self.world.telegram if self.channel == "telegram" else self.world.graph

    def new(self) -> list[Taken]:
        """What came since the last look."""
        found = self._standin.taken(after=self.seen, chat=self.handle)
        self.seen = found[-1].number if found else self.seen
        return found

    def waits_for_one(self, text: str) -> Taken:
        """The message with this text, once it has come."""
        return next(each for each in self.waits_for(text) if text in each.text)

    def waits_for(self, text: str, *, seconds: float = 20) -> list[Taken]:
        """What comes until something with this text has come."""
        came: list[Taken] = []

        def has_come() -> bool:
            came.extend(self.new())
            return any(text in each.text for each in came)

        try:
            wait_until(has_come, seconds=seconds)
        except AssertionError:
            raise AssertionError([each.text for each in came]) from None
        return came

    def says(self, text: str) -> None:
        """They write."""
        if self.channel == "telegram":
            self.world.telegram.say(self.handle, text)
        elif self.channel == "whatsapp":
            self.world.graph.whatsapp(self.handle, payloads.whatsapp_text(text))
        else:
            self.world.graph.messenger(self.handle, payloads.messenger_text(text))

    def speaks_english(self) -> None:
        """They choose English, and wait until it is chosen: what is sent in one second may arrive in any order."""
        self.presses("language:en")
        self.waits_for(string("bot.language_changed", "en"))

    def presses(self, payload: str, label: str = "x") -> None:
        """They press a button."""
        if self.channel == "telegram":
            self.world.telegram.press(self.handle, payload)
        elif self.channel == "whatsapp":
            self.world.graph.whatsapp(self.handle, payloads.whatsapp_button_reply(payload, label))
        else:
            self.world.graph.messenger(self.handle, payloads.messenger_quick_reply(payload, label))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, understander: Understander) -> Iterator[World]:
    """Everything running."""
    port = free_port()
    telegram, graph = start_telegram(), start_graph(services=[f"http://127.0.0.1:{port}"])
    environment = {**telegram.environment, **graph.environment}
    service = start_service(tmp_path_factory.mktemp("messengers"), port=port, **environment)
    yield World(service=service, telegram=telegram, graph=graph)
    stop_service(service)
    telegram.stop()
    graph.stop()


@pytest.fixture(params=CHANNELS)
def person(world: World, request: pytest.FixtureRequest) -> Person:
    """A new person on each messenger in turn."""
    return somebody(world, request.param)


def somebody(world: World, channel: str) -> Person:
    handle = str(int(uuid4().hex[:10], 16) + 10**9)
    return Person(world=world, channel=channel, handle=handle)


def test_the_first_contact_says_what_the_company_can_see_and_offers_the_web_chat(person: Person) -> None:
    person.says("where can i sleep tonight")
    came = person.waits_for(string("bot.related", "en"))
    texts = [each.text for each in came]
    assert "computer program" in texts[0]
    assert person.channel.capitalize().replace("Whatsapp", "WhatsApp") in texts[1]
    assert f"{PUBLIC_URL}/" in texts[1]
    assert "/en/reception/emergency-shelter" in texts[2]
    person.says("can i work")
    assert not any("computer program" in each.text for each in person.waits_for("/en/future/right-to-work"))


def test_the_language_is_chosen_and_the_answer_reads_from_right_to_left(person: Person) -> None:
    person.presses("language:ar")
    person.waits_for(string("bot.language_changed", "ar").split(".")[0][:10])
    person.says("وين فيني نام الليلة؟")
    (answer, *_) = [each for each in person.waits_for("/ar/reception/") if "/ar/reception/" in each.text]
    assert all(line.startswith("\u200f") for line in answer.text.split("\n") if line.strip())


def test_a_form_is_gone_through_with_buttons_and_words(person: Person) -> None:
    person.speaks_english()
    person.presses("person")
    consent = person.waits_for_one(string("bot.ask_consent", "en")[:40])
    assert {"yes", "no"} <= set(consent.buttons)
    person.says("yes")
    person.waits_for(string("bot.ask_town", "en")[:20])
    person.says("Gent")
    person.waits_for(string("bot.waiting_meanwhile", "en")[:20])
    assert "Gent" in person.world.desk("list")


KINDS = {
    "voice": ("voice", payloads.whatsapp_audio, lambda: payloads.messenger_attachment("audio")),
    "photo": ("photo", payloads.whatsapp_image, lambda: payloads.messenger_attachment("image")),
    "document": ("document", payloads.whatsapp_document, lambda: payloads.messenger_attachment("file")),
    "sticker": (
        "sticker",
        payloads.whatsapp_sticker,
        lambda: payloads.messenger_attachment("image", sticker_id=369239263222822),
    ),
}
_TELEGRAM_FILE = {"file_id": "AwACAgIAAx", "file_unique_id": "AgADxyz"}
_TELEGRAM_CONTENT: dict[str, object] = {
    "voice": {**_TELEGRAM_FILE, "duration": 3},
    "photo": [{**_TELEGRAM_FILE, "width": 90, "height": 67}],
    "document": {**_TELEGRAM_FILE, "file_name": "annex26.pdf"},
    "sticker": {
        **_TELEGRAM_FILE,
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
    },
    "location": {"latitude": 51.05, "longitude": 3.72},
}


def telegram_message(handle: str, **content: object) -> dict[str, dict[str, object]]:
    party = {"id": int(handle), "is_bot": False, "first_name": "A", "language_code": "fr"}
    return {
        "message": {
            "message_id": 1,
            "date": 1_700_000_000,
            "chat": {"id": int(handle), "type": "private"},
            "from": party,
            **content,
        }
    }


def sends(person: Person, kind: str) -> None:
    field, on_whatsapp, on_messenger = KINDS[kind]
    if person.channel == "telegram":
        person.world.telegram.put(telegram_message(person.handle, **{field: _TELEGRAM_CONTENT[field]}))
    elif person.channel == "whatsapp":
        person.world.graph.whatsapp(person.handle, on_whatsapp())
    else:
        person.world.graph.messenger(person.handle, on_messenger())


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_is_not_text_is_answered_with_why_it_is_not_kept(person: Person, kind: str) -> None:
    person.speaks_english()
    sends(person, kind)
    person.waits_for(string(f"bot.attachment_{kind}", "en")[:30])


def test_of_a_place_only_the_town_is_kept_and_only_after_asking(person: Person) -> None:
    person.speaks_english()
    if person.channel == "telegram":
        person.world.telegram.put(telegram_message(person.handle, location=_TELEGRAM_CONTENT["location"]))
    elif person.channel == "whatsapp":
        person.world.graph.whatsapp(person.handle, payloads.whatsapp_location(51.05, 3.72))
    else:
        person.world.graph.messenger(person.handle, payloads.messenger_location(51.05, 3.72))
    asked = person.waits_for_one("It looks like Gent")
    assert {"yes", "no"} <= set(asked.buttons)
    person.presses("yes")
    person.waits_for(string("bot.location_kept", "en", town="Gent")[:40])


def test_delete_erases_and_who_writes_again_begins_anew(person: Person) -> None:
    person.says("where can i sleep tonight")
    person.waits_for(string("bot.related", "en"))
    person.says("/delete" if person.channel == "telegram" else "delete")
    person.waits_for(string("bot.ask_delete", "en")[:30])
    person.presses("yes")
    person.waits_for(string("bot.deleted", "en")[:20])
    person.says("can i work")
    assert "computer program" in person.waits_for("/en/future/right-to-work")[0].text


def test_the_word_stop_ends_the_waiting_and_nothing_more_is_sent_until_they_write(person: Person) -> None:
    person.speaks_english()
    listed = set(person.world.desk("list").splitlines())
    for step, answer in (("person", "ask_consent"), ("yes", "ask_town"), ("town:Gent", "waiting_meanwhile")):
        person.presses(step)
        person.waits_for(string(f"bot.{answer}", "en")[:20])
    (row,) = set(person.world.desk("list").splitlines()) - listed
    person.says("STOP")
    person.waits_for(string("bot.opted_out", "en")[:20])
    assert row.split()[0] not in person.world.desk("list")
    person.world.desk("close", row.split()[0])  # it would tell the person
    person.says("menu")
    assert person.waits_for(string("bot.menu", "en"))[0].text.startswith(string("bot.menu", "en"))


@pytest.mark.parametrize("channel", ["whatsapp", "messenger"])
def test_fourteen_languages_are_chosen_by_number_in_digits_of_any_script(world: World, channel: str) -> None:
    person = somebody(world, channel)
    person.presses("language")
    person.waits_for("14. ")
    ninth = list(languages())[8]
    person.says("٩")
    person.waits_for(string("bot.language_changed", ninth)[:8])


def test_on_telegram_an_edited_message_is_answered_anew(world: World) -> None:
    person = somebody(world, "telegram")
    person.speaks_english()
    person.says("can i work")
    person.waits_for("/en/future/right-to-work")
    edited = telegram_message(person.handle, text="where can i sleep tonight", edit_date=1_700_000_100)["message"]
    world.telegram.put({"edited_message": edited})
    person.waits_for("/en/reception/emergency-shelter")


def test_a_group_on_telegram_is_left_politely_and_nothing_of_it_is_kept(world: World) -> None:
    group = -1001234567890
    before = world.conversations()
    message = {
        "message_id": 5,
        "date": 1_700_000_000,
        "chat": {"id": group, "type": "supergroup", "title": "G"},
        "text": "hi",
    }
    world.telegram.put({"message": message})
    wait_until(lambda: any(each.chat == str(group) for each in world.telegram.taken()), seconds=10)
    (said,) = [each for each in world.telegram.taken() if each.chat == str(group)]
    assert said.text == string("bot.group", "en")
    wait_until(lambda: str(group) in [str(chat) for chat in world.telegram.state()["left"]], seconds=10)
    assert world.conversations() == before


def test_who_blocked_the_bot_is_shown_as_failed(world: World) -> None:
    person = somebody(world, "telegram")
    person.speaks_english()
    world.telegram.block(person.handle)
    person.says("where can i sleep tonight")
    wait_until(lambda: 'channel="telegram",state="failed"' in world.metrics(), seconds=10)
    assert "failed" in world.desk("list")


@pytest.mark.parametrize(("code", "shown"), [(131026, "failed"), (131047, "window_closed")])
def test_what_meta_refuses_for_good_is_shown(world: World, code: int, shown: str) -> None:
    person = somebody(world, "whatsapp")
    world.graph.refuse(person.handle, code=code)
    person.says("where can i sleep tonight")
    wait_until(lambda: f'channel="whatsapp",state="{shown}"' in world.metrics(), seconds=10)


@pytest.mark.parametrize("channel", ["whatsapp", "messenger"])
@pytest.mark.parametrize("secret", ["wrong", None])
def test_a_call_that_is_not_signed_is_refused_and_leaves_no_row(world: World, channel: str, secret: str | None) -> None:
    handle = str(int(uuid4().hex[:10], 16) + 10**9)
    call = payloads.whatsapp_message(PHONE_NUMBER_ID, handle, payloads.whatsapp_text("hello"), sent_at=1_700_000_000)
    if channel == "messenger":
        call = payloads.messenger_event(PAGE_ID, handle, payloads.messenger_text("hello"))
    before = world.conversations()
    address = f"{world.service.url}/channels/{channel}"
    answer = httpx.post(address, json=call) if secret is None else post_signed(address, call, app_secret=secret)
    assert answer.status_code == 403
    assert world.conversations() == before
    assert post_signed(address, call, app_secret=APP_SECRET).status_code == 200  # the same, signed, is stored
    assert world.conversations() == before + 1


@pytest.mark.parametrize("channel", ["whatsapp", "messenger"])
def test_the_handshake_is_answered_only_with_the_token_we_agreed_on(world: World, channel: str) -> None:
    address = f"{world.service.url}/channels/{channel}"
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": VERIFY_TOKEN}
    assert httpx.get(address, params=asked).text == "1158201444"
    assert httpx.get(address, params={**asked, "hub.verify_token": "wrong"}).status_code == 403
    assert httpx.get(address).status_code == 403


def test_health_and_metrics_name_each_channel_and_no_person(world: World) -> None:
    person = somebody(world, "telegram")
    person.says("where can i sleep tonight")
    person.waits_for(string("bot.related", "en"))
    health = httpx.get(f"{world.service.url}/health").json()
    assert health["channels"] == dict.fromkeys(CHANNELS, "ok")
    wait_until(lambda: world.service.health()["backlog_messages"] == 0, seconds=10)
    metrics = world.metrics()
    assert 'wegwijs_turns_total{channel="telegram"}' in metrics
    assert "wegwijs_backlog_age_seconds" in metrics
    assert person.handle not in metrics + str(health)
    assert "sleep" not in metrics


def test_an_update_that_cannot_be_read_is_skipped_alone_and_never_logged(world: World) -> None:
    person = somebody(world, "telegram")
    unreadable = telegram_message(person.handle, text="zanzibarsecret")["message"]
    world.telegram.put({"message": {**unreadable, "date": "yesterday"}})
    person.says("where can i sleep tonight")
    person.waits_for("/en/reception/emergency-shelter")
    logs = b"".join(path.read_bytes() for path in world.service.data_dir.rglob("*.log"))
    assert b"update_not_understood" in logs
    assert b"zanzibarsecret" not in logs


def test_no_handle_and_no_word_is_in_any_log(world: World) -> None:
    person = somebody(world, "whatsapp")
    person.says("zanzibarquestion where can i sleep")
    person.waits_for("computer program")
    logs = b"".join(path.read_bytes() for path in world.service.data_dir.rglob("*.log"))
    assert person.handle.encode() not in logs
    assert b"zanzibarquestion" not in logs
