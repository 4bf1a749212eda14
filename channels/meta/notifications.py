"""What a webhook of Meta brings: messages of persons, and reports of what became of ours."""

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from channels.inbound import InboundMessage
from channels.outbound import DeliveryState


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A message of a person."""

    handle: str
    inbound: InboundMessage


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of something we sent; `reference` is what we sent along."""

    provider_id: str | None
    reference: str | None
    state: DeliveryState
    error: str | None = None


Fields = TypeVar("Fields", bound=BaseModel)


def valid(model: type[Fields], fields: dict[str, Any]) -> Fields | None:
    """The fields as this model; None when they are none such. What Meta adds some day must not stop the rest."""
    try:
        return model.model_validate(fields)
    except ValidationError:
        return None


def items(value: object) -> list[dict[str, Any]]:
    """The objects of a list; nothing of anything else. Payloads grow new fields, and some are not Meta's."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
