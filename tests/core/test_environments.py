"""Lines and alerts come from the environment that they name, else from the last one of their service."""

from dataclasses import replace
from datetime import timedelta

from bot.core.configuration import Environment, Service, Watch
from bot.core.environments import environment_in, environment_of
from bot.core.sources import FileSource


def test_the_environment_is_the_last_of_the_promotion_order_unless_the_watch_names_one() -> None:
    watch = Watch("api", FileSource(("/x",)), timedelta(minutes=15), "C1", "ERROR", "checkout")
    environments = {"production": Environment("production", after="staging"), "staging": Environment("staging")}
    service = Service("checkout", "acme/checkout", "main", environments)

    assert environment_of(watch, service) == "production"
    assert environment_of(replace(watch, environment="staging"), service) == "staging"


def test_an_alert_s_labels_name_its_environment() -> None:
    service = Service(
        "checkout", "acme/checkout", "main", {n: Environment(n, after=a) for n, a in (("staging", ""), ("production", "staging"))}
    )

    assert environment_in([{"service": "checkout"}], service) == "production"
    assert environment_in([{"env": "staging"}, {"environment": "staging"}], service) == "staging"
    assert environment_in([{"env": "staging"}, {"env": "production"}], service) == ""
    assert environment_in([{"env": "prod-eu"}], service) == ""
