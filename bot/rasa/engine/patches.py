"""Repairs of Rasa 3.6.21, applied by engine/lean.py before Rasa starts.

Rasa Open Source is in maintenance mode, its last release is 3.6.21: these places will not move.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any, NoReturn

import dask.core
from jsonschema.validators import validator_for
from rasa.core import tracker_store
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.engine.runner import dask as runner
from rasa.shared.core.constants import PREVIOUS_ACTION, USER
from rasa.shared.nlu.constants import ACTION_NAME, INTENT
from rasa.shared.utils import common


def apply_patches() -> None:
    _compile_answer_schema()
    _leave_the_turn_when_an_action_fails()
    _refuse_fallback_store()
    _connect_carefully()
    _know_the_kinds_of_events()
    _look_only_at_rules_that_end_here()
    _run_the_graph_in_order()


def _compile_answer_schema() -> None:
    """Check answers of custom actions with a validator that is built once.

    Rasa checks the schema itself, a constant, again on each answer: 82 % of its processor time (py-spy).
    Compiling it once raises 45 to 218 messages a second.
    """
    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)

    def validate(_: RemoteAction, answer: Any) -> bool:
        validator.validate(answer)
        return True

    RemoteAction._validate_action_result = validate


class ActionFailed(BaseException):
    """A custom action could not be carried out; its text is the name of the action.

    No Exception: Rasa would catch it (see `_leave_the_turn_when_an_action_fails`).
    """


def _leave_the_turn_when_an_action_fails() -> None:
    """End the turn when a custom action failed, before anything of it is written.

    Rasa logs the failure, goes on with the next step of the rule and writes the turn (`MessageProcessor._run_action`:
    "Bot will continue, but the actions events are lost"). Half an answer would look like a whole one, and a form that
    was filled by this turn would be closed when the message is sent again: the town is given, nobody is told.
    """
    run = RemoteAction.run

    async def run_or_leave(self: RemoteAction, output_channel: Any, *arguments: Any) -> Any:
        try:
            return await run(self, output_channel, *arguments)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            raise ActionFailed(self.name()) from error

    RemoteAction.run = run_or_leave


def _refuse_fallback_store() -> None:
    """Let a failing tracker store fail the message.

    Rasa would go on with an empty conversation kept in memory: an open form is forgotten, the answer still is
    a 200, and a conversation lies where deleting it does not reach.
    """

    def refuse(_: FailSafeTrackerStore, error: Exception) -> NoReturn:
        raise error

    FailSafeTrackerStore.on_tracker_store_error = refuse
    FailSafeTrackerStore.on_tracker_store_retrieve_error = refuse


def _connect_carefully() -> None:
    """Keep values out of the log: SQLAlchemy quotes them in its errors.

    No ping before each use, as in the gateway: after a restart of PostgreSQL the first failure throws away all
    connections, and the gateway sends the message again.
    """
    original = tracker_store.create_engine_kwargs

    def create_engine_kwargs(url: Any) -> dict[str, Any]:
        return {**original(url), "hide_parameters": True}

    tracker_store.create_engine_kwargs = create_engine_kwargs


def _know_the_kinds_of_events() -> None:
    """Look for the subclasses of Event once, not again for each event that is read: 8 % of the time (py-spy)."""
    common.all_subclasses = cache(common.all_subclasses)


def _look_only_at_rules_that_end_here() -> None:
    """Compare a conversation step by step with the few rules that end like it, not with all: 30 % of the time (py-spy).

    A rule ends like it when its last step has the same action before it, and the same intent or none.
    """
    compare = RulePolicy._get_possible_keys

    def possible_keys(self: RulePolicy, lookup: dict[str, str], states: list[Any]) -> set[str]:
        if not states:
            return compare(self, lookup, states)
        action, intent = _end(states)
        ends = {(action, intent), (action, None)}
        return compare(self, {key: found for key, found in lookup.items() if _end_of_rule(key) in ends}, states)

    RulePolicy._get_possible_keys = possible_keys


@cache
def _end_of_rule(key: str) -> tuple[str | None, str | None]:
    return _end(RulePolicy._rule_key_to_state(key))


def _end(states: list[Any]) -> tuple[str | None, str | None]:
    """The action before the last of these steps, and its intent."""
    return states[-1].get(PREVIOUS_ACTION, {}).get(ACTION_NAME), states[-1].get(USER, {}).get(INTENT)


def _run_the_graph_in_order() -> None:
    """Predict without Dask's scheduler, which sets up queues and futures to run three functions: 10 % of the time."""
    runner.dask = SimpleNamespace(get=dask.core.get)
