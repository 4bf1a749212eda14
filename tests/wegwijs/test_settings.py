"""Settings: every one is explained, and what pages promise is what is set."""

from knowledge.pages import Package
from wegwijs.settings import Settings


def test_every_setting_is_explained() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_retention_people_are_told_is_the_one_that_is_set(package: Package) -> None:
    assert package.facts["this-chat.keep-days"].value == Settings.model_fields["retention_days"].default
    assert package.facts["this-chat.device-hours"].value == Settings.model_fields["device_idle_hours"].default
    assert package.facts["this-chat.waiting-hours"].value == Settings.model_fields["device_waiting_hours"].default
