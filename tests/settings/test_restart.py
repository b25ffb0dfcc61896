"""What a reload does not take over, and says so."""

from dataclasses import fields, replace

from bot.settings import Settings, needs_restart
from tests.settings.conftest import Place

TAKEN_OVER = {"configuration", "config_path"}


def test_every_secret_and_address_that_changed_is_named(place: Place) -> None:
    before = place.load()

    for field in fields(Settings):
        changed = needs_restart(before, replace(before, **{field.name: object()})) if field.name not in TAKEN_OVER else ("",)
        assert len(changed) == 1, field.name


def test_another_way_into_loki_takes_a_restart(place: Place) -> None:
    before = place.load()
    place.set(LOKI_URL="https://loki.example.org", LOKI_TOKEN="of-the-new-loki")

    assert needs_restart(before, place.load()) == ("LOKI_URL, or how to sign in there, changed, which takes a restart",)
