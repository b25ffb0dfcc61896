"""`[plugins.NAME]`: a plugin's own settings, checked against the dataclass that it declares."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import timedelta
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import ValidationError, create_model

from bot.core.configuration import Configuration
from bot.ports.errors import BrokenPlugin, ConfigError
from bot.settings_checks import Mistake, as_mistake
from bot.settings_file import Every
from bot.settings_forms import Table


def read_plugin_settings(
    plugin: str, schema: type[Any] | None, table: Mapping[str, Any], configuration: Configuration | None = None
) -> object | None:
    """Make a plugin's settings of its table; None for a plugin that declares none.

    Args:
        schema: the dataclass that the plugin declares. A field is a `str`, `int`, `float`, `bool`, `timedelta` (written "15m"), `tuple` or
            `dict` of these; one without a default must be set. Its `__post_init__` may raise `ValueError` with what is expected, and so may its
            `check`, which is called with the configuration that the settings are for.
        configuration: None leaves that check out.

    Raises:
        ConfigError: every mistake in the table, a line each.
        BrokenPlugin: what the plugin declares can't be used, or its check fails: nothing in the table mends that.
    """
    if schema is None:
        if table:
            raise ConfigError(str(Mistake(f"plugins.{plugin}", "found a table", f"none: the plugin {plugin} has no settings")))
        return None
    if not is_dataclass(schema):
        raise BrokenPlugin(f"Plugin {plugin}: its settings must be a dataclass, not {schema!r}.")
    try:
        model = _model_of(schema)
    except Exception as error:  # the plugin's own hints, and whatever they name
        raise BrokenPlugin(f"Plugin {plugin} declares settings that can't be read: {type(error).__name__}: {error}") from error
    try:
        checked = model.model_validate(dict(table))
    except ValidationError as error:
        known = [field.name for field in fields(schema)]
        lines = [str(as_mistake(detail, ("plugins", plugin), known)) for detail in error.errors(include_url=False)]
        raise ConfigError("\n".join(sorted(lines))) from None
    values = {field.name: _as_declared(getattr(checked, field.name)) for field in fields(schema)}
    try:
        made = schema(**values)
        if configuration and hasattr(made, "check"):
            made.check(configuration)
    except ValueError as error:
        raise ConfigError(f"plugins.{plugin}: {error}") from error
    except Exception as error:  # it runs the plugin's code: whatever that raises is the operator's to read
        raise BrokenPlugin(f"Plugin {plugin} could not check its settings: {type(error).__name__}: {error}") from error
    return made


def _model_of(schema: type[Any]) -> type[Table]:
    hints = get_type_hints(schema)
    columns: dict[str, Any] = {}
    for field in fields(schema):
        default = field.default if field.default is not MISSING else ...
        if field.default_factory is not MISSING:
            default = field.default_factory()
        columns[field.name] = (_written(hints[field.name]), default)
    model: type[Table] = create_model(schema.__name__, __base__=Table, **columns)
    return model


def _written(hint: Any) -> Any:
    """Return the type that stands in the file for one that the plugin declares."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is timedelta:
        return Every
    if origin is tuple:
        return list[_written(arguments[0])]  # type: ignore[misc]
    if origin in (dict, Mapping) or origin is getattr(Mapping, "__origin__", Mapping):
        return dict[arguments[0], _written(arguments[1])]  # type: ignore[misc,valid-type]
    if origin in (Union, UnionType):
        return Union[tuple(_written(each) for each in arguments)]  # noqa: UP007 - made of a list
    return hint


def _as_declared(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
