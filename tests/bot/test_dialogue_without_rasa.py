"""While Rasa is away: information is answered, and a person can still be asked for."""

from bot.dialogue_without_rasa import marked, owns, replies


def said(intent: str, question: str | None = None, **entities: str) -> list[str]:
    return [reply.key for reply in replies(intent, entities, question)]


def test_plain_questions_are_answered() -> None:
    assert said("answer", topic="procedure/dublin") == ["answer"]
    assert said("choices") == ["choices"]
    assert said("danger", danger="suicide") == ["danger", "danger_person"]


def test_a_person_can_be_asked_for_with_consent() -> None:
    assert said("person") == ["ask_consent"]
    assert said("misunderstood") == ["offer_person", "ask_consent"]
    question = marked("ask_consent")
    assert owns(question)
    assert said("affirm", question) == ["waiting"]
    assert said("deny", question) == ["handover_refused"]
    assert said("answer", question, topic="procedure/dublin") == ["answer", "form_goes_on", "ask_consent"]


def test_a_town_rasa_asked_for_is_taken() -> None:
    (waiting,) = replies("inform", {"town": "Gent"}, "ask_town")
    assert (waiting.key, waiting.parameters["town"]) == ("waiting", "Gent")


def test_erasing_is_confirmed_and_done() -> None:
    assert said("delete") == ["ask_delete"]
    assert said("affirm", marked("ask_delete")) == ["deleted"]
    assert said("deny", marked("ask_delete")) == ["delete_kept"]


def test_a_question_of_rasas_is_not_ours() -> None:
    assert not owns("ask_consent")
    assert not owns(None)
