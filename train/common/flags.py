"""Flags: the shared ones, and those that a variant's `create` asks for by its signature."""

import argparse
import inspect
import os
import re
import typing
from typing import Any

from keras_gans.adversarial import AdversarialModel
from keras_gans.command_line import (
    count,
    interval,
    momentum,
    positive,
    positive_number,
    seed,
    weight,
)

PAPER = "paper"  # what --learning-rate calls the rate of a variant's make_optimizer
PRECISIONS = ("auto", "float32", "bfloat16", "float16")
DECIDED_ELSEWHERE = ("seed", "classes")


def parser(
    variant: type[AdversarialModel], *, prog: str, defaults: dict[str, Any]
) -> argparse.ArgumentParser:
    """Return the argument parser of a variant's entry.

    Args:
        variant: the model class; keyword-only parameters of its `create` become flags, and the
            Args section of its docstring their help.
        prog: the command, as the user types it.
        defaults: of the shared flags.
    """
    description = (inspect.getdoc(variant) or "").partition("\n\n")[0]
    result = argparse.ArgumentParser(prog=prog, description=description, allow_abbrev=False)
    _add_shared(result)
    if variant.data_form == "paired":
        _add_direction(result)
    _add_evaluation(result.add_argument_group("measures, none by default"))
    group = result.add_argument_group("the variant's own")
    for name, (parameter, text) in hyperparameters(variant).items():
        default = parameter.default
        shown = "" if default is None or default is False else f" (default {default})"
        group.add_argument(_flag(name), default=default, help=text + shown, **_type(parameter))
    result.set_defaults(**defaults)
    return result


def hyperparameters(variant: type[AdversarialModel]) -> dict[str, tuple[inspect.Parameter, str]]:
    """Return the keyword-only parameters of the variant's `create`, and what it says of each.

    Not among them are the shared seed and the number of classes, which the data decide.
    """
    found: dict[str, tuple[inspect.Parameter, str]] = {}
    for create in variant.creators():
        texts = _documented_arguments(create)
        for name, parameter in inspect.signature(create).parameters.items():
            if parameter.kind is parameter.KEYWORD_ONLY and name not in DECIDED_ELSEWHERE:
                found.setdefault(name, (parameter, texts[name]))
    return found


def _add_shared(result: argparse.ArgumentParser) -> None:
    add = result.add_argument
    add(
        "--data",
        type=os.path.expanduser,  # which a shell leaves to others in --data=~/pictures
        metavar="NAME",
        help="a built-in set, a TFDS name, or a folder (default %(default)s)",
    )
    add("--data-dir", metavar="DIR", help="where TensorFlow Datasets are prepared")
    add("--run-dir", metavar="DIR", help="where the run goes (default runs/<variant>-<data>)")
    add("--restart", action="store_true", help="begin again: the run that is there is deleted")
    add("--image-size", type=positive, metavar="N", help="side of the pictures (default the set's)")
    add(
        "--channels",
        type=int,
        choices=(1, 3),
        help="of the pictures: 1 is grey, 3 colour (default the set's, and 3 for a folder)",
    )
    add(
        "--batch-size",
        type=positive,
        metavar="N",
        help="real examples an update (default %(default)s)",
    )
    add(
        "--epochs",
        type=positive,
        metavar="N",
        help="passes over the data in all (default %(default)s)",
    )
    add(
        "--minutes",
        type=positive_number,
        metavar="M",
        help="stop cleanly after M minutes of training; the same command goes on",
    )
    add(
        "--cpu-minutes",
        type=positive_number,
        metavar="M",
        help="likewise after M minutes of the steps' processor time, in all that the run took",
    )
    add("--steps-per-epoch", type=positive, metavar="N", help="default: once through the data")
    add(
        "--learning-rate",
        type=rate,
        metavar="R",
        help='of both sides; "paper" is the paper\'s (default %(default)s)',
    )
    add(
        "--ema",
        type=momentum,
        metavar="M",
        help="average the generator's weights with this momentum (default %(default)s: 0 is off)",
    )
    add("--seed", type=seed, default=0, metavar="N", help="of weights, order and noise (default 0)")
    add(
        "--precision",
        choices=PRECISIONS,
        help="of computation; auto is bfloat16 where the hardware multiplies it "
        "(default %(default)s)",
    )


def _add_evaluation(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--evaluate-every",
        type=interval,
        metavar="N",
        help="measure every N steps, or with Ns every N seconds of processor time",
    )
    add_measures(group)
    add("--monitor", metavar="VALUE", help="which is best, such as fid (default the first one)")
    add(
        "--patience",
        type=positive,
        metavar="N",
        help="stop after N evaluations without a better one",
    )


def rate(text: str) -> float | None:
    """Return a learning rate over 0, and None for "paper"."""
    return None if text == PAPER else positive_number(text)


def add_measures(group: argparse._ActionsContainer) -> None:
    """Add what training and `train.evaluate` both ask of an evaluation."""
    add = group.add_argument
    add(
        "--metrics",
        type=lambda text: text.split(","),
        metavar="A,B",
        help="fid,kid,precision_recall,density_coverage,authenticity,diversity,classes,"
        "class_accuracy,intra_class_fid,modes,reconstruction (default what the data allow; in "
        "training, the quick ones)",
    )
    add(
        "--features",
        metavar="NAME",
        help="digits, stacked_digits, inception, random, or a .keras file or SavedModel of yours "
        "(default digits for those of MNIST, else inception)",
    )
    add(
        "--samples",
        type=positive,
        metavar="N",
        help="how many are measured (default as many as there are real ones)",
    )


def _add_direction(result: argparse.ArgumentParser) -> None:
    result.add_argument(
        "--direction",
        choices=("a_to_b", "b_to_a"),
        default="a_to_b",
        help="b_to_a makes the first picture of a pair from the second (default a_to_b)",
    )


def _documented_arguments(function: Any) -> dict[str, str]:
    """Return the texts of a Google-style Args section by name."""
    section = (inspect.getdoc(function) or "").partition("Args:\n")[2].partition("\n\n")[0]
    entries = re.findall(r"^    (\w+): (.+(?:\n {8,}.+)*)", section, re.MULTILINE)
    return {name: re.sub(r"\s+", " ", text).rstrip(".") for name, text in entries}


def _type(parameter: inspect.Parameter) -> dict[str, Any]:
    if parameter.annotation is bool:
        return {"action": argparse.BooleanOptionalAction}
    kinds = typing.get_args(parameter.annotation) or (parameter.annotation,)
    for kind in kinds:  # a Literal, or that of "Literal | None"
        choices = typing.get_args(kind) or kinds
        if all(isinstance(choice, str) for choice in choices):
            return {"choices": choices}
    return {"type": count if int in kinds else weight}


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
