"""Flags from typed configurations, and configurations in files that are given as flags."""

import contextlib
import dataclasses
import difflib
import io
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import tyro
import yaml
from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

from keras_gans.errors import UserError, first_line
from keras_gans.validation import ImageSize

T = TypeVar("T")
AUTO = "auto"  # how a flag's value is written that is None: the default depends on the rest
KINDS = {int: "INT", float: "FLOAT", str: "TEXT", Path: "PATH"}
NAMES = {"INT": "a whole number", "FLOAT": "a number", "TEXT": "a text", "PATH": "a path"}
NONE = type(None)
PLAIN = (  # what the parser says, and how we say it
    (r"invalid literal for int\(\) with base 10: (.*)", r"must be a whole number, not \1"),
    (r"could not convert string to float: (.*)", r"must be a number, not \1"),
    (r"^Error parsing (--[\w-]+): (must .*)", r"\1 \2"),
    (
        r"^Error parsing (--[\w-]+): no type matching (\S+) could.*from \['(.*)'\]\.",
        r"\1 must be \2, not '\3'",
    ),
    (r"^Error parsing (--[\w-]+): ", r"\1: "),
    (r"^Error parsing [\w.-]+: ", ""),
)
REGISTRY = ConstructorRegistry()  # of its rules, the last one that fits counts


@typing.overload
def parse(
    config: type[T], *, prog: str, description: str | None, arguments: Sequence[str] | None = None
) -> T: ...


@typing.overload
def parse(
    config: T, *, prog: str, description: str | None, arguments: Sequence[str] | None = None
) -> T: ...


def parse(
    config: Any, *, prog: str, description: str | None, arguments: Sequence[str] | None = None
) -> Any:
    """Return the configuration that a command line means, or exit with an error of two lines.

    Each field of the dataclass is a flag; those of dataclasses in it are groups of flags. A flag
    that is given twice counts the second time.

    Args:
        config: a dataclass, or one of its objects, which has the defaults.
        prog: the command, as the user types it.
        description: for --help.
        arguments: None for the command line's.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    kind, default = (config, None) if isinstance(config, type) else (type(config), config)
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return tyro.cli(
                tyro.conf.OmitArgPrefixes[kind],  # type: ignore[valid-type,misc]
                prog=prog,
                description=description,
                args=arguments,
                registry=REGISTRY,
                **({} if default is None else {"default": default}),
            )
    except SystemExit as stop:
        if stop.code:
            sys.exit(f"error: {_message(said.getvalue())}\n{prog} --help shows all flags")
        raise


def with_config_files(arguments: Sequence[str]) -> list[str]:
    """Put the flags that are in a file in the place of `--config FILE`.

    Raises:
        UserError: the file is missing, cannot be read, or is no mapping of names to values.
    """
    found: list[str] = []
    needed = "--config needs a file: --config run.yaml"
    for argument, file in _with_values_of("--config", arguments, needed):
        found += [argument] if file is None else to_flags(read_config(Path(file).expanduser()))
    return found


def read_config(file: Path) -> dict[str, Any]:
    """Return what a configuration file holds.

    Raises:
        UserError: it cannot be read, or is no mapping of flags' names to values.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{file} is not YAML: {first_line(error)}") from error
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise UserError(f"{file} is no configuration: give lines such as batch_size: 64")
    return content


def split_model(flags: Sequence[str]) -> tuple[str | None, list[str]]:
    """Take the last `--model NAME` out of some flags; None if there is none.

    Raises:
        UserError: the name is missing.
    """
    needed = "--model needs a name: --model dcgan, or --model my_gan:MyGAN"
    marked = list(_with_values_of("--model", flags, needed))
    names = [name for _, name in marked if name is not None]
    return names[-1] if names else None, [flag for flag, name in marked if name is None]


def last_value(flag: str, flags: Sequence[str]) -> str | None:
    """Return the value of the last `--flag VALUE` in some flags; None if there is none.

    Raises:
        UserError: the value is missing.
    """
    marked = _with_values_of(flag, flags, f"{flag} needs a value")
    return next((value for _, value in reversed([*marked]) if value is not None), None)


def to_flags(config: Mapping[str, Any]) -> list[str]:
    """Return a flat configuration as flags, lists with commas. None is left out: the default."""
    flags: list[str] = []
    for name, value in config.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            flags.append(f"--{flag}" if value else f"--no-{flag}")
        elif isinstance(value, list | tuple):
            flags += [f"--{flag}", ",".join(map(str, value))]
        elif value is not None:
            flags += [f"--{flag}", str(value)]
    return flags


def to_yaml(config: Mapping[str, Any]) -> str:
    """Return a flat configuration as the text of a file for `--config`."""
    return yaml.safe_dump(dict(config), sort_keys=False).rstrip()


def flat(config: Any) -> dict[str, Any]:
    """Return the fields of a dataclass, and of the dataclasses in it, by name."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        found |= flat(value) if dataclasses.is_dataclass(value) else {field.name: value}
    return found


def _with_values_of(
    flag: str, arguments: Sequence[str], needed: str
) -> Iterator[tuple[str, str | None]]:
    """Yield each argument with None, and a flag, `--flag VALUE` or `--flag=VALUE`, with its value.

    Raises:
        UserError: a value is missing; `needed` is its message.
    """
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if name != flag:
            yield argument, None
        elif value := value if equals else next(rest, ""):
            yield flag, value
        else:
            raise UserError(needed)


@REGISTRY.primitive_rule
def _optional(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec | None:
    """Let None be written as "auto", and leave it out of the kind of value that --help shows."""
    wanted = _wanted(info.type)
    if wanted is None:
        return None
    if typing.get_origin(wanted) is typing.Annotated:
        wanted = typing.get_args(wanted)[0]
    choices = {str(choice): choice for choice in typing.get_args(wanted)}
    kind = f"{{{','.join(choices)}}}" if choices else KINDS[wanted]
    known = tuple(map(type, choices.values())) if choices else (wanted,)
    make = _expanded if wanted is Path else wanted

    def read(texts: list[str]) -> Any:
        if texts[0] == AUTO:
            return None
        if choices and texts[0] not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, not {texts[0]}")
        try:
            return choices[texts[0]] if choices else make(texts[0])
        except ValueError:
            raise ValueError(f"must be {NAMES[kind]}, not {texts[0]!r}") from None

    return _spec(kind, 1, read, known, lambda value: [str(value)])


@REGISTRY.primitive_rule
def _image_size(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec | None:
    """Let the size of images be written as 128, or as 128x256: height and width."""
    if _wanted(info.type) is not ImageSize:
        return None

    def read(texts: list[str]) -> ImageSize | None:
        try:
            return None if texts[0] == AUTO else ImageSize(texts[0])
        except ValueError as error:
            raise ValueError(f"must be {error}") from None

    return _spec("SIZE", 1, read, ImageSize, lambda value: [str(value)])


@REGISTRY.primitive_rule
def _range_of_values(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec | None:
    """Let a range be written as two numbers, and in files as a list of them."""
    if _wanted(info.type) != tuple[float, float]:
        return None

    def read(texts: list[str]) -> tuple[float, float] | None:
        if texts == [AUTO]:
            return None
        try:
            low, high = (float(text) for text in ",".join(texts).split(","))
        except ValueError:
            raise ValueError(f"must be two numbers, not {' '.join(texts)!r}") from None
        return low, high

    return _spec("LOW HIGH", "*", read, tuple, lambda value: [",".join(map(str, value))])


def _spec(
    metavar: str, nargs: Any, read: Callable[[list[str]], Any], kind: Any, write: Callable
) -> PrimitiveConstructorSpec:
    return PrimitiveConstructorSpec(
        nargs=nargs,
        metavar=metavar,
        instance_from_str=read,
        is_instance=lambda value: value is None or isinstance(value, kind),
        str_from_instance=lambda value: [AUTO] if value is None else write(value),
    )


def _wanted(kind: Any) -> Any:
    """Return what an optional type holds beside None; None if it is no optional type."""
    options = typing.get_args(kind)
    if typing.get_origin(kind) not in (typing.Union, types.UnionType) or NONE not in options:
        return None
    (wanted,) = (option for option in options if option is not NONE)
    return wanted


@REGISTRY.primitive_rule
def _path(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec | None:
    """Read a path as every optional one is read."""
    if info.type is not Path:
        return None
    return PrimitiveConstructorSpec(
        nargs=1,
        metavar=KINDS[Path],
        instance_from_str=lambda texts: _expanded(texts[0]),
        is_instance=lambda value: isinstance(value, Path),
        str_from_instance=lambda value: [str(value)],
    )


def _expanded(text: str) -> Path:
    """Return a path without its ~: a shell leaves that of --output=~/images to others."""
    return Path(text).expanduser()


def _message(text: str) -> str:
    """Return what a parser's error says, without the box around it and its advice."""
    lines = [line.strip(" \u2502\n") for line in text.splitlines()]
    # The first rule has the error's title in it, the second ends the message.
    rules = [at for at, line in enumerate(lines) if re.search("[\u2500-]{9}", line)]
    ends = [*rules[1:], *(at for at, line in enumerate(lines) if at and not line), len(lines)]
    message = " ".join(lines[rules[0] + 1 if rules else 0 : min(ends)])
    for pattern, plain in PLAIN:
        message = re.sub(pattern, plain, message)
    message = re.sub(r"^(\w+) must", lambda m: f"--{m[1].replace('_', '-')} must", message)
    if not message.startswith("Unrecognized"):
        return message
    similar = [line.split()[0] for line in lines if line.startswith("--") and " " in line]
    unknown = message.partition(": ")[2].split(",")[0]
    close = difflib.get_close_matches(unknown, similar, n=1)
    return f"{message} (did you mean {close[0]}?)" if close else message
