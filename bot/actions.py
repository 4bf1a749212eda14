"""The two things Rasa asks the service to do: open a handover, and close a form.

Rasa posts its custom actions (bot/rasa/domain.yml) here and takes back events and replies
(https://rasa.com/docs/rasa/custom-actions). RasaProcess writes the header with the token into endpoints.yml.
"""

import hmac
from collections.abc import Callable
from typing import Annotated, Literal, TypeAlias

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from pydantic import BaseModel

TOKEN_HEADER = "X-Rasa-Token"  # noqa: S105 (the name of a header)
ACTIONS_PATH = "/rasa/actions"
FORM_SLOTS = ("consent", "town", "delete_confirmed")
NO_TOWN = "-"

Event: TypeAlias = dict[str, object]


class Tracker(BaseModel):
    """What the actions need of Rasa's account of the conversation; it sends far more."""

    slots: dict[str, object]


class ActionCall(BaseModel):
    next_action: Literal["action_hand_over", "action_close_form"]
    sender_id: str
    tracker: Tracker


class ActionAnswer(BaseModel):
    events: list[Event]
    responses: list[dict[str, dict[str, str]]]


async def check_token(request: Request, x_rasa_token: Annotated[str, Header()] = "") -> None:
    """The service puts the token it gave to Rasa in `app.state.rasa_token`."""
    expected: str = request.app.state.rasa_token
    if not hmac.compare_digest(x_rasa_token.encode(), expected.encode()):
        raise HTTPException(status_code=403, detail="forbidden")


router = APIRouter()


@router.post(ACTIONS_PATH, dependencies=[Depends(check_token)], include_in_schema=False)
async def run_action(call: ActionCall) -> ActionAnswer:
    return ACTIONS[call.next_action](call.tracker)


def hand_over(tracker: Tracker) -> ActionAnswer:
    """The form is answered: say that a person will come. From this reply on the gateway does not ask Rasa."""
    town = tracker.slots.get("town")
    reply = {"key": "waiting", "town": town if isinstance(town, str) else NO_TOWN}
    return ActionAnswer(events=_forget_slots(), responses=[{"custom": reply}])


def close_form(_: Tracker) -> ActionAnswer:
    """End the open form and forget what it collected, in one step (bot/rasa/data/rules.yml says why)."""
    end: list[Event] = [{"event": "active_loop", "name": None}, _set_slot("requested_slot", None)]
    return ActionAnswer(events=end + _forget_slots(), responses=[])


def _forget_slots() -> list[Event]:
    return [_set_slot(name, None) for name in FORM_SLOTS]


def _set_slot(name: str, value: str | None) -> Event:
    return {"event": "slot", "name": name, "value": value}


ACTIONS: dict[str, Callable[[Tracker], ActionAnswer]] = {
    "action_hand_over": hand_over,
    "action_close_form": close_form,
}
