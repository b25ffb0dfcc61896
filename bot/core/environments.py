"""Which of a service's environments lines and alerts come from."""

from collections.abc import Iterable, Mapping

from bot.core.configuration import Service, Watch


def environment_of(watch: Watch, service: Service) -> str:
    """Return the environment that a watch's lines come from: the one it names, else the last in the order of promotion."""
    return watch.environment or _last(service)


def environment_in(labels: Iterable[Mapping[str, str]], service: Service) -> str:
    """Return the environment that alerts come from: the one that their labels `environment` or `env` name, else the last in the order of promotion; "" where
    they name several, or one that the service does not have."""
    named = {name for each in labels if (name := each.get("environment") or each.get("env"))}
    if not named:
        return _last(service)
    return next(iter(named)) if len(named) == 1 and named <= service.environments.keys() else ""


def _last(service: Service) -> str:
    earlier = {environment.after for environment in service.environments.values()}
    last = [name for name in service.environments if name not in earlier]
    return last[-1] if last else ""
