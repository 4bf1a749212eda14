"""The dialogue, held against the real Rasa: what it answers in and out of its forms, and what it survives."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import stat
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
import pytest
import uvicorn
from aiohttp import web
from fastapi import FastAPI

from bot import actions
from bot.rasa_client import RasaClient, RasaUnavailable, delete_tracker_rows
from bot.rasa_process import (
    RasaNotInstalled,
    RasaProcess,
    RasaTrainingFailed,
    UnsupportedDatabase,
    tracker_path,
    tracker_store,
    train_model,
)
from bot.replies import Reply
from tests.ports import free_port

TOKEN = "a-token-for-tests-only"
REPOSITORY = Path(__file__).resolve().parents[2]
RASA_PYTHON = Path(os.environ.get("WEGWIJS_RASA_PYTHON", REPOSITORY / ".venv-rasa/bin/python"))
STORE = "engine.tracker_store.LeanTrackerStore"
"""`make install` puts Rasa there; without it these tests fail with RasaNotInstalled, which names the path."""

ANSWERED_WITH_ONE_KEY = {
    "greet": "greet",
    "thanks": "thanks",
    "smalltalk": "smalltalk",
    "menu": "menu",
    "theme=housing": "theme housing",
    "answer_by_situation=health/pharmacy": "ask_situation health/pharmacy",
    "explain=code-207": "term code-207",
    "choices": "choices",
    "unknown": "unknown",
    "off_topic": "off_topic",
    "change_language": "ask_language",
    "language_chosen=ti": "language_changed ti",
}
"""What is answered in the same way outside a form and inside one."""

A_SERVICE = """
import asyncio, pathlib, sys
from bot.rasa_process import RasaProcess

async def main() -> None:
    python, data_dir, actions_url = sys.argv[1:]
    rasa = RasaProcess(
        python=pathlib.Path(python),
        data_dir=pathlib.Path(data_dir),
        database_url=None,
        actions_url=actions_url,
        token="another",
    )
    await rasa.start()
    await rasa.wait_until_ready(60)
    print("ready", rasa.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""

ENTITIES = {
    "answer": "topic",
    "answer_by_situation": "topic",
    "explain": "term",
    "inform": "town",
    "language_chosen": "language",
}
"""The entity of an intent, where it is not named like the intent."""

FORMS = {
    "person": "ask_consent",
    "person > affirm": "ask_town",
    "delete": "ask_delete",
}
"""The ways into a form, with the question that is then open."""


@dataclass
class Conversation:
    """A conversation in short: `say("theme=housing")` sends that intent, each reply is a "key value"."""

    client: RasaClient
    sender: str
    numbers: Iterator[int] = field(default_factory=count)

    async def say(self, message: str, *, message_id: str | None = None, again: bool = False) -> list[str]:
        intent, _, value = message.partition("=")
        entity = ENTITIES.get(intent, intent)
        replies = await self.client.send(
            sender=self.sender,
            message_id=message_id or f"m{next(self.numbers)}",
            intent=intent,
            entities={entity: value} if value else {},
            again=again,
        )
        return [_in_short(reply) for reply in replies]

    async def go(self, steps: str) -> list[str]:
        """All steps, "person > affirm"; the replies to the last one."""
        replies: list[str] = []
        for step in steps.split(" > "):
            replies = await self.say(step)
        return replies


def _in_short(reply: Reply) -> str:
    return " ".join([reply.key, *reply.parameters.values()])


class ActionServer:
    """The service's route for Rasa's actions, served by uvicorn in a thread."""

    def __init__(self) -> None:
        app = FastAPI()
        app.state.rasa_token = TOKEN
        app.include_router(actions.router)
        self.app = app
        self._server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    async def start(self) -> None:
        self._thread.start()
        async with asyncio.timeout(10):
            while not self._server.started:
                await asyncio.sleep(0.01)

    @property
    def url(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}{actions.ACTIONS_PATH}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    @contextmanager
    def out_of_order(self) -> Iterator[None]:
        """Refuses Rasa, as when the service is not what Rasa thinks it is."""
        self.app.state.rasa_token = "another"
        try:
            yield
        finally:
            self.app.state.rasa_token = TOKEN


@pytest.fixture(scope="session")
async def action_server() -> AsyncIterator[ActionServer]:
    server = ActionServer()
    await server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
async def rasa(action_server: ActionServer, data_dir: Path) -> AsyncIterator[RasaProcess]:
    process = RasaProcess(
        python=RASA_PYTHON,
        data_dir=data_dir,
        database_url=None,
        actions_url=action_server.url,
        token=TOKEN,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wegwijs.child.LONGEST_PAUSE", 1.0)  # it is killed more often than it would die
        await process.start()
        await process.wait_until_ready(60)
        yield process
        await process.stop()


@pytest.fixture(scope="session")
async def client(rasa: RasaProcess, data_dir: Path) -> AsyncIterator[RasaClient]:
    client = RasaClient(
        webhook_url=lambda: rasa.webhook_url,
        token=TOKEN,
        data_dir=data_dir,
        database_url=None,
    )
    yield client
    await client.close()


numbers = count(int.from_bytes(os.urandom(4)))


@pytest.fixture
def talk(client: RasaClient) -> Conversation:
    return Conversation(client, f"c{next(numbers)}.1")


class TestOutsideAnyForm:
    @pytest.mark.parametrize(("message", "reply"), ANSWERED_WITH_ONE_KEY.items())
    async def test_each_intent_has_its_answer(self, talk: Conversation, message: str, reply: str) -> None:
        assert await talk.say(message) == [reply]

    @pytest.mark.parametrize(
        ("message", "replies"),
        [
            ("goodbye", ["goodbye"]),
            ("affirm", ["yes_to_nothing"]),
            ("deny", ["no_to_nothing"]),
            ("stop", ["no_to_nothing"]),
            ("inform=Gent", ["unknown"]),
            ("skip", ["unknown"]),
            ("answer=procedure/dublin", ["answer procedure/dublin", "related procedure/dublin"]),
            ("danger=suicide", ["danger suicide", "danger_person"]),
            ("more", ["more_nothing"]),
            ("person", ["ask_consent"]),
            ("delete", ["ask_delete"]),
        ],
    )
    async def test_what_only_happens_outside_a_form(self, talk: Conversation, message: str, replies: list[str]) -> None:
        assert await talk.say(message) == replies

    async def test_more_is_about_the_last_answer(self, talk: Conversation) -> None:
        await talk.go("answer=work/permit > answer=procedure/dublin > greet > unknown")
        assert await talk.say("more") == ["more procedure/dublin"]
        assert await talk.say("more") == ["more procedure/dublin"]

    async def test_a_conversation_may_say_the_same_again(self, talk: Conversation) -> None:
        for _ in range(3):
            assert await talk.say("greet") == ["greet"]
            assert await talk.say("danger=violence") == ["danger violence", "danger_person"]


class TestInsideAForm:
    @pytest.mark.parametrize(("way_in", "question"), FORMS.items())
    @pytest.mark.parametrize(("message", "reply"), ANSWERED_WITH_ONE_KEY.items())
    async def test_it_answers_and_goes_on(
        self, talk: Conversation, way_in: str, question: str, message: str, reply: str
    ) -> None:
        assert await talk.go(way_in) == [question]
        assert await talk.say(message) == [reply, "form_goes_on", question]

    @pytest.mark.parametrize(("way_in", "question"), FORMS.items())
    async def test_an_answer_has_no_related_topics_in_between(
        self, talk: Conversation, way_in: str, question: str
    ) -> None:
        await talk.go(way_in)
        replies = await talk.say("answer=work/permit")
        assert replies == ["answer work/permit", "form_goes_on", question]

    @pytest.mark.parametrize(("way_in", "question"), FORMS.items())
    async def test_more(self, talk: Conversation, way_in: str, question: str) -> None:
        await talk.go(way_in)
        assert await talk.say("more") == ["more_nothing", "form_goes_on", question]
        await talk.say("answer=work/permit")
        assert await talk.say("more") == ["more work/permit", "form_goes_on", question]

    @pytest.mark.parametrize(("way_in", "question"), FORMS.items())
    async def test_danger_comes_first_and_the_form_goes_on(
        self, talk: Conversation, way_in: str, question: str
    ) -> None:
        await talk.go(way_in)
        assert await talk.say("danger=rape") == ["danger rape", "form_goes_on", question]

    @pytest.mark.parametrize(
        ("way_in", "not_taken"),
        [
            ("person", ["skip", "inform=Gent", "person"]),
            ("person > affirm", ["affirm", "person"]),
            ("delete", ["skip", "inform=Gent", "delete"]),
        ],
    )
    async def test_what_the_question_does_not_take_asks_again(
        self, talk: Conversation, way_in: str, not_taken: list[str]
    ) -> None:
        await talk.go(way_in)
        for message in not_taken * 2:
            assert await talk.say(message) == [FORMS[way_in]]

    async def test_many_interruptions_lose_nothing(self, talk: Conversation) -> None:
        await talk.go("person > thanks > skip > answer=work/permit > danger=violence > menu > person")
        assert await talk.say("affirm") == ["ask_town"]
        await talk.go("affirm > theme=housing > more > language_chosen=ar > person > unknown")
        assert await talk.say("inform=Gent") == ["waiting Gent"]


class TestHandover:
    async def test_to_the_end(self, talk: Conversation) -> None:
        assert await talk.say("person") == ["ask_consent"]
        assert await talk.say("affirm") == ["ask_town"]
        assert await talk.say("inform=Gent") == ["waiting Gent"]

    async def test_offered_after_misunderstandings(self, talk: Conversation) -> None:
        assert await talk.say("misunderstood") == ["offer_person", "ask_consent"]
        assert await talk.go("affirm > inform=Gent") == ["waiting Gent"]

    @pytest.mark.parametrize("no_town", ["skip", "deny"])
    async def test_without_a_town(self, talk: Conversation, no_town: str) -> None:
        assert await talk.go(f"person > affirm > {no_town}") == ["waiting -"]

    @pytest.mark.parametrize("town", ["{topic}", "{}", "{0[x]}", "ጎንደር", "غنت \u202b!\u202c", '"}], ', "a\nb", "😀"])
    async def test_a_town_comes_back_as_it_was_given(self, talk: Conversation, town: str) -> None:
        assert await talk.go(f"person > affirm > inform={town}") == [f"waiting {town}"]

    async def test_a_town_given_before_the_question_is_not_kept(self, talk: Conversation) -> None:
        await talk.go("inform=Luik > person > inform=Gent")
        assert await talk.go("affirm > skip") == ["waiting -"]

    async def test_no_consent_no_handover(self, talk: Conversation) -> None:
        assert await talk.go("person > deny") == ["handover_refused"]
        assert await talk.say("affirm") == ["yes_to_nothing"]

    @pytest.mark.parametrize("way_in", ["person", "person > affirm"])
    @pytest.mark.parametrize("end", ["stop", "goodbye"])
    async def test_stopped(self, talk: Conversation, way_in: str, end: str) -> None:
        await talk.go(way_in)
        assert await talk.say(end) == ["handover_stopped"]
        assert await talk.say("inform=Gent") == ["unknown"]

    @pytest.mark.parametrize(
        "earlier",
        ["person > affirm > inform=Gent", "person > affirm > stop", "person > affirm > delete > deny"],
    )
    async def test_consent_holds_for_one_handover_only(self, talk: Conversation, earlier: str) -> None:
        await talk.go(earlier)
        assert await talk.say("person") == ["ask_consent"]
        assert await talk.say("affirm") == ["ask_town"]
        assert await talk.say("skip") == ["waiting -"]

    async def test_the_topic_survives(self, talk: Conversation) -> None:
        await talk.go("answer=work/permit > person > affirm > inform=Gent")
        assert await talk.say("more") == ["more work/permit"]

    @pytest.mark.parametrize("way_in", ["person", "person > affirm"])
    async def test_deleting_takes_over(self, talk: Conversation, way_in: str) -> None:
        await talk.go(way_in)
        assert await talk.say("delete") == ["ask_delete"]
        assert await talk.say("affirm") == ["deleted"]
        assert await talk.say("person") == ["ask_consent"]


class TestDelete:
    async def test_confirmed(self, talk: Conversation) -> None:
        assert await talk.go("delete > affirm") == ["deleted"]

    @pytest.mark.parametrize("no", ["deny", "stop", "goodbye"])
    async def test_kept(self, talk: Conversation, no: str) -> None:
        assert await talk.go(f"delete > {no}") == ["delete_kept"]
        assert await talk.say("affirm") == ["yes_to_nothing"]

    async def test_is_asked_each_time(self, talk: Conversation) -> None:
        assert await talk.go("delete > affirm > delete") == ["ask_delete"]

    async def test_a_person_takes_over(self, talk: Conversation) -> None:
        assert await talk.go("delete > person") == ["ask_consent"]
        assert await talk.go("affirm > inform=Namur") == ["waiting Namur"]


class TestAMessageThatComesAgain:
    async def test_is_answered_as_before_and_moves_a_form_only_once(self, talk: Conversation) -> None:
        assert await talk.say("person") == ["ask_consent"]
        assert await talk.say("affirm") == ["ask_town"]
        # The id of the last message: its reply was lost with the process that had asked.
        assert await talk.say("affirm", message_id="m1", again=True) == ["ask_town"]
        assert await talk.say("inform=Gent") == ["waiting Gent"]

    async def test_is_taken_for_new_when_it_never_arrived(self, talk: Conversation) -> None:
        assert await talk.say("greet", message_id="m900", again=True) == ["greet"]


class TestTheDoor:
    @pytest.mark.parametrize("token", ["", "forged", TOKEN + "x", "é"])
    async def test_a_forged_token_is_refused(self, rasa: RasaProcess, token: str) -> None:
        message = {"sender": "c1.1", "message_id": "m1", "intent": "greet", "entities": [], "again": False}
        async with httpx.AsyncClient(headers=_header(token)) as outsider:
            answer = await outsider.post(rasa.webhook_url, json=message)
            assert (answer.status_code, answer.json()) == (403, {"error": "forbidden"})

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "{",
            "[]",
            '"greet"',
            "{}",
            '{"sender": "c1.1", "message_id": "m1", "intent": "greet"}',
            '{"sender": "c1.1", "message_id": "m1", "intent": "greet", "entities": [], "text": "hi", "again": false}',
            '{"sender": 1, "message_id": "m1", "intent": "greet", "entities": [], "again": false}',
            '{"sender": "", "message_id": "m1", "intent": "greet", "entities": [], "again": false}',
            '{"sender": "c1 ", "message_id": "m1", "intent": "greet", "entities": [], "again": false}',
            '{"sender": "c1.1", "message_id": null, "intent": "greet", "entities": [], "again": false}',
            '{"sender": "c1.1", "message_id": "m1", "intent": ["greet"], "entities": [], "again": false}',
            '{"sender": "c1.1", "message_id": "m1", "intent": "restart", "entities": [], "again": false}',
            '{"sender": "c1.1", "message_id": "m1", "intent": "greet", "entities": {}, "again": false}',
            '{"sender": "c1.1", "message_id": "m1", "intent": "answer", "entities": [], "again": false}',
            '{"sender": "c1.1", "message_id": "m1", "intent": "answer", "entities": ["topic"], "again": false}',
            '{"sender": "c1.1", "message_id": "m1", "intent": "answer",'
            ' "entities": [{"entity": "topic"}], "again": false}',
            '{"sender": "c1.1", "message_id": "m1", "intent": "answer",'
            ' "entities": [{"entity": "topic", "value": 1}], "again": false}',
            '{"sender": "c1.1", "message_id": "m1", "intent": "greet", "entities": [], "again": 1}',
            '{"sender": "c1.1", "message_id": "m1", "intent": "answer",'
            ' "entities": [{"entity": "topic", "value": ""}], "again": false}',
            '{"sender": "c1.1", "message_id": "m1", "intent": "answer",'
            ' "entities": [{"entity": "topic", "value": "{0[x]}"}], "again": false}',
            '{"sender": "c1.1", "message_id": "m1", "intent": "inform",'
            ' "entities": [{"entity": "town", "value": "\\ud83d"}], "again": false}',
            '{"sender": "c1.1", "message_id": "m1", "intent": "answer",'
            ' "entities": [{"entity": "town", "value": "Gent"}], "again": false}',
            '{"sender": "c1.1", "message_id": "m1", "intent": "greet",'
            ' "entities": [{"entity": "topic", "value": "x"}], "again": false}',
        ],
    )
    async def test_what_is_not_as_agreed_is_a_400_that_says_why(self, rasa: RasaProcess, body: str) -> None:
        headers = {actions.TOKEN_HEADER: TOKEN, "Content-Type": "application/json"}
        async with httpx.AsyncClient(headers=headers) as gateway:
            answer = await gateway.post(rasa.webhook_url, content=body)
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_message")
        assert answer.json()["detail"]

    @pytest.mark.parametrize("path", ["/status", "/conversations/c1.1/tracker", "/model", "/webhooks/rest/webhook"])
    async def test_there_is_no_other_way_in(self, rasa: RasaProcess, path: str) -> None:
        async with httpx.AsyncClient(headers={actions.TOKEN_HEADER: TOKEN}) as gateway:
            answer = await gateway.get(rasa.webhook_url.removesuffix("/webhooks/gateway/webhook") + path)
        assert answer.status_code == 404

    async def test_the_actions_refuse_a_forged_token(self, action_server: ActionServer) -> None:
        call = {"next_action": "action_close_form", "sender_id": "c1.1", "tracker": {"slots": {}}}
        async with httpx.AsyncClient() as outsider:
            for token in ("", "forged", "é"):
                answer = await outsider.post(action_server.url, json=call, headers=_header(token))
                assert answer.status_code == 403

    async def test_the_actions_refuse_an_unknown_action(self, action_server: ActionServer) -> None:
        call = {"next_action": "action_open_door", "sender_id": "c1.1", "tracker": {"slots": {}}}
        async with httpx.AsyncClient(headers={actions.TOKEN_HEADER: TOKEN}) as gateway:
            assert (await gateway.post(action_server.url, json=call)).status_code == 422


class TestFailures:
    @pytest.mark.parametrize(("way_in", "question"), FORMS.items())
    async def test_a_killed_rasa_goes_on_at_the_same_question(
        self, rasa: RasaProcess, talk: Conversation, way_in: str, question: str
    ) -> None:
        await talk.go(way_in)
        await _kill(rasa, signal.SIGKILL)
        await rasa.wait_until_ready(30)
        assert await talk.say("thanks") == ["thanks", "form_goes_on", question]

    async def test_a_stuck_rasa_is_replaced(self, rasa: RasaProcess, talk: Conversation) -> None:
        await talk.go("person")
        await _kill(rasa, signal.SIGSTOP)
        await rasa.wait_until_ready(60)
        assert await talk.say("affirm") == ["ask_town"]

    async def test_rasa_dies_with_a_killed_service(self, action_server: ActionServer, tmp_path: Path) -> None:
        settings = [str(RASA_PYTHON), str(tmp_path), action_server.url]
        service = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", A_SERVICE, *settings), cwd=REPOSITORY, stdout=asyncio.subprocess.PIPE
        )
        assert service.stdout
        lines = [line async for line in _until(service.stdout, b"ready")]
        rasa_pid = int(lines[-1].split()[1])
        service.kill()
        await service.wait()
        async with asyncio.timeout(5):
            while _is_alive(rasa_pid):
                await asyncio.sleep(0.01)

    async def test_while_rasa_is_away_the_client_says_so(self, rasa: RasaProcess, talk: Conversation) -> None:
        await _kill(rasa, signal.SIGKILL)
        with pytest.raises(RasaUnavailable):
            await talk.say("greet")
        await rasa.wait_until_ready(30)
        assert await talk.say("greet") == ["greet"]

    async def test_a_failed_action_is_no_answer_and_the_form_stays(
        self, action_server: ActionServer, talk: Conversation
    ) -> None:
        await talk.go("person > affirm")
        with action_server.out_of_order(), pytest.raises(RasaUnavailable):
            await talk.say("stop")
        assert await talk.say("stop") == ["handover_stopped"]
        assert await talk.say("person") == ["ask_consent"]

    async def test_of_a_turn_whose_action_failed_nothing_is_kept_so_the_same_message_can_come_again(
        self, action_server: ActionServer, talk: Conversation
    ) -> None:
        await talk.go("person > affirm")
        with action_server.out_of_order(), pytest.raises(RasaUnavailable):
            await talk.say("inform=Gent", message_id="town")
        assert await talk.say("inform=Gent", message_id="town", again=True) == ["waiting Gent"]

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (200, '{"messages": []}'),
            (200, '{"messages": [{"topic": "x"}]}'),
            (200, "[]"),
            (200, "<html>"),
            (502, '{"error": "action_failed"}'),
        ],
    )
    async def test_an_unusable_answer_is_a_failure(self, data_dir: Path, status: int, body: str) -> None:
        async def answer(_: web.BaseRequest) -> web.Response:
            return web.Response(status=status, text=body)

        async with _client_against(answer, data_dir) as client:
            with pytest.raises(RasaUnavailable):
                await Conversation(client, "c1.1").say("greet")

    async def test_no_answer_in_time_is_a_failure(self, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        async def silent(_: web.BaseRequest) -> web.Response:
            await asyncio.sleep(60)
            return web.Response()

        monkeypatch.setattr("bot.rasa_client.ANSWER_SECONDS", 0.05)
        async with _client_against(silent, data_dir) as client:
            with pytest.raises(RasaUnavailable):
                await Conversation(client, "c1.1").say("greet")

    async def test_a_project_that_does_not_train_is_loud(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("bot.rasa_process.PROJECT", tmp_path)
        with pytest.raises(RasaTrainingFailed):
            await asyncio.to_thread(train_model, RASA_PYTHON, tmp_path / "data")

    async def test_an_interpreter_without_rasa_is_loud(self, tmp_path: Path) -> None:
        for python in (Path("/bin/false"), tmp_path / "nowhere"):
            with pytest.raises(RasaNotInstalled):
                await asyncio.to_thread(train_model, python, tmp_path)


class TestForgetting:
    async def test_all_sessions_of_one_conversation_and_no_other(self, client: RasaClient) -> None:
        number = next(numbers)
        mine, next_session = f"c{number}.1", f"c{number}.2"
        others = [f"c{number}0.1", f"C{number}.1"]
        for sender in (mine, next_session, *others):
            assert await Conversation(client, sender).go("answer=work/permit > person") == ["ask_consent"]
        assert await client.forget(f"c{number}") > 0
        for sender in (mine, next_session):
            assert await Conversation(client, sender).go("stop > more") == ["more_nothing"]
        for sender in others:
            assert await Conversation(client, sender).say("more") == [
                "more work/permit",
                "form_goes_on",
                "ask_consent",
            ]

    async def test_rasa_does_not_write_back_what_was_deleted(self, client: RasaClient) -> None:
        talk = Conversation(client, f"c{next(numbers)}.1")
        await talk.go("answer=health/a-secret-matter > person > affirm > inform=Geheimstad")
        await client.forget(talk.sender.removesuffix(".1"))
        await talk.go("greet > person > stop > more")
        await client.forget(talk.sender.removesuffix(".1"))
        assert await client.forget(talk.sender.removesuffix(".1")) == 0

    async def test_nothing_to_forget(self, client: RasaClient, tmp_path: Path) -> None:
        assert await client.forget(f"c{next(numbers)}") == 0
        assert delete_tracker_rows("c1", data_dir=tmp_path, database_url=None) == 0


class TestSQLite:
    async def test_the_bytes_are_gone_from_the_file(self, talk: Conversation, data_dir: Path) -> None:
        await talk.go("answer=health/Kwijtgeraakt > person > affirm > inform=Verdwenen")
        assert b"Verdwenen" in tracker_path(data_dir).read_bytes()
        await talk.client.forget(talk.sender.removesuffix(".1"))
        assert b"Verdwenen" not in tracker_path(data_dir).read_bytes()
        assert b"Kwijtgeraakt" not in tracker_path(data_dir).read_bytes()

    async def test_forgetting_waits_for_a_lock(self, talk: Conversation, data_dir: Path) -> None:
        await talk.say("greet")
        with closing(sqlite3.connect(tracker_path(data_dir), isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            forgetting = asyncio.create_task(talk.client.forget(talk.sender.removesuffix(".1")))
            await asyncio.sleep(0.3)
            assert not forgetting.done()
            other.execute("ROLLBACK")
            assert await forgetting > 0

    async def test_a_store_that_fails_is_a_failure_and_loses_no_form(
        self, talk: Conversation, data_dir: Path, rasa: RasaProcess
    ) -> None:
        await talk.go("person > affirm")
        with closing(sqlite3.connect(tracker_path(data_dir), isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(RasaUnavailable):
                await talk.say("inform=Gent")
            await asyncio.sleep(6)  # until Rasa's own 5 s of waiting for the lock are over
        await rasa.wait_until_ready(30)
        assert await talk.say("thanks") == ["thanks", "form_goes_on", "ask_town"]
        written = (data_dir / "rasa/rasa.log").read_text()
        assert "database is locked" in written
        assert "hidden due to hide_parameters" in written
        assert talk.sender not in written

    async def test_forgetting_when_the_store_stays_locked(
        self, talk: Conversation, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.rasa_client.LOCK_SECONDS", 0.1)
        with closing(sqlite3.connect(tracker_path(data_dir), isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(RasaUnavailable):
                await talk.client.forget("c1")


class TestTheData:
    async def test_nobody_else_can_read_it(self, rasa: RasaProcess, data_dir: Path) -> None:
        assert rasa.is_ready
        for name in ("endpoints.yml", "credentials.yml", "rasa.log"):
            assert stat.S_IMODE((data_dir / "rasa" / name).stat().st_mode) == 0o600
        assert stat.S_IMODE((data_dir / "rasa").stat().st_mode) == 0o700

    async def test_no_secret_of_the_service_reaches_rasa(self, rasa: RasaProcess) -> None:
        environment = Path(f"/proc/{rasa.pid}/environ").read_text()
        assert "RASA_TELEMETRY_ENABLED=false" in environment
        assert "WEGWIJS_RASA_PYTHON" not in environment
        assert TOKEN not in environment
        assert TOKEN not in Path(f"/proc/{rasa.pid}/cmdline").read_text()

    async def test_a_model_is_trained_once(self, rasa: RasaProcess, data_dir: Path) -> None:
        assert rasa.is_ready
        model = train_model(RASA_PYTHON, data_dir)
        before = model.stat().st_mtime_ns
        assert train_model(RASA_PYTHON, data_dir) == model
        assert model.stat().st_mtime_ns == before


class TestTrackerStore:
    def test_sqlite_lies_in_the_data_folder(self, tmp_path: Path) -> None:
        store = {"type": STORE, "dialect": "sqlite", "db": str(tmp_path / "rasa/tracker.db")}
        assert tracker_store(None, tmp_path) == store
        assert tracker_store("sqlite:////srv/wegwijs/wegwijs.db", tmp_path) == store

    def test_rasa_gets_the_parts_of_a_postgresql_address(self, tmp_path: Path) -> None:
        url = "postgresql+psycopg://wegwijs:p%40ss%2Fword@db.internal:5433/wegwijs?sslmode=require"
        assert tracker_store(url, tmp_path) == {
            "type": STORE,
            "dialect": "postgresql",
            "db": "wegwijs",
            "query": {"sslmode": "require"},
            "url": "db.internal",
            "port": 5433,
            "username": "wegwijs",
            "password": "p@ss/word",
        }

    def test_no_other_database(self, tmp_path: Path) -> None:
        with pytest.raises(UnsupportedDatabase):
            tracker_store("mysql://localhost/wegwijs", tmp_path)


async def _kill(rasa: RasaProcess, sign: signal.Signals) -> None:
    """Returns when the supervisor has noticed."""
    assert rasa.pid
    os.kill(rasa.pid, sign)
    async with asyncio.timeout(30):
        while rasa.is_ready:
            await asyncio.sleep(0.01)


def _header(token: str) -> httpx.Headers:
    """In UTF-8, as a forger may send it."""
    return httpx.Headers([(actions.TOKEN_HEADER.encode(), token.encode())])


async def _until(stream: asyncio.StreamReader, word: bytes) -> AsyncIterator[bytes]:
    async for line in stream:
        yield line
        if line.startswith(word):
            return


def _is_alive(pid: int) -> bool:
    """A dead process may stay as a zombie until somebody asks for its exit code."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


@contextlib.asynccontextmanager
async def _client_against(
    handler: Callable[[web.BaseRequest], Awaitable[web.Response]], data_dir: Path
) -> AsyncIterator[RasaClient]:
    """A client whose Rasa is a server with this one handler."""
    runner = web.ServerRunner(web.Server(handler), handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    client = RasaClient(
        webhook_url=lambda: f"http://127.0.0.1:{port}/", token=TOKEN, data_dir=data_dir, database_url=None
    )
    yield client
    await client.close()
    await runner.cleanup()
