"""What helps a student: `python -m benchmarks.distillation TEACHER --minutes 30`.

Trains students of a run for the same processor time each, on one thread: with all losses, without
each of them, and with L1 alone. If the teacher is of two domains, a CycleGAN with the student's
network is trained by itself for the same time. Then all are evaluated on test images, as the
teacher is, in one table: l1_to_teacher and ssim_to_teacher compare each model's images with the
teacher's.

To resume, run the same command again; what has its minutes is not trained again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tyro.conf import Positional

from keras_gans.cli.flags import flat, to_flags
from keras_gans.cli.main import import_tensorflow_quietly, parse_and_run
from keras_gans.cli.run_directory import RunDirectory
from keras_gans.cli.run_info import RunInfo
from keras_gans.cli.trained import open_directory
from keras_gans.data.config import DataConfig
from keras_gans.errors import UserError
from keras_gans.tables import markdown_table
from keras_gans.validation import PositiveFloat, PositiveInt
from train.common.options import CacheOptions, Direction, MetricOptions
from train.common.recipe import directed_options
from train.common.training_job import TrainingJob, run_all
from train.distill import open_teacher

if TYPE_CHECKING:
    from keras_gans.evaluation.evaluator import Evaluator
    from keras_gans.training.teacher import Teacher

STEPS_PER_EPOCH = 500  # sample grids and checkpoints are written once per epoch
EXAMPLES = 64  # test images that are compared with the teacher's translation
LOSSES = {  # and their weights
    "l1": "10",
    "ssim": "10",
    "discriminator-feature": "10",
    "adversarial": "1",
}


@dataclass(frozen=True, kw_only=True)
class Options(MetricOptions, CacheOptions):
    """Options of the benchmark.

    Args:
        teacher: a run of a translator.
        minutes: processor time of each training.
        direction: that the students translate in; the teacher's by default.
        filters: of the students.
        jobs: trainings at the same time.
        output: folder of the trainings; by default one for each teacher, direction and number of
            filters.
    """

    teacher: Positional[str]
    minutes: PositiveFloat = 30.0
    direction: Direction | None = None
    filters: PositiveInt = 16
    jobs: PositiveInt = 1
    output: Path | None = None


def students() -> dict[str, list[str]]:
    """Return the flags of each student by its name in the table."""
    every = {name: [f"--{name}-weight", weight] for name, weight in LOSSES.items()}
    without = {name: [f"--{name}-weight", "0"] for name in LOSSES}
    found = {"all losses": every}
    found |= {f"without {name}": every | {name: without[name]} for name in LOSSES}
    found["l1 alone"] = without | {"l1": every["l1"]}
    return {name: [x for flags in of.values() for x in flags] for name, of in found.items()}


def trainings(options: Options, info: RunInfo) -> dict[str, tuple[TrainingJob, list[str]]]:
    """Return each training by its name in the table, with the flags that are not its title's."""
    data = _data(options, info)
    setting = f"{Path(options.teacher).name}-{data.direction}-{options.filters}"
    folder = options.output or Path("runs", f"distillation-{setting}")
    shared = ["--filters", str(options.filters), "--steps-per-epoch", str(STEPS_PER_EPOCH)]
    # An evaluation at the end says that a training had its minutes.
    shared += ["--evaluate-every", f"{60.0 * options.minutes:g}s", "--features", "random"]
    shared += ["--metrics", "kid", "--ema", "0.999", *to_flags({"cache": options.cache})]
    learning = [*shared, "--teacher", options.teacher, "--direction", data.direction]
    found = {
        name: (TrainingJob(" ".join(["distill", *flags]), 0, folder, options.minutes), learning)
        for name, flags in students().items()
    }
    if info.data.task == "unpaired":
        job = TrainingJob("cyclegan --network subpixel --blocks 4", 0, folder, options.minutes)
        given = flat(directed_options(info.data))
        del given["direction"]  # of a CycleGAN, which has both
        found["by itself"] = job, [*shared, *to_flags(given)]
    return found


def refuse_others(
    options: Options, info: RunInfo, jobs: Iterable[TrainingJob], teacher: "Teacher"
) -> None:
    """Check that the trainings that a folder has were begun as the options say.

    Raises:
        UserError: a student has another teacher, direction or number of filters.
    """
    from keras_gans.training.saving import saved_arguments
    from train.common.resuming import newest_of

    direction = _data(options, info).direction
    for run in [RunDirectory(job.folder) for job in jobs if RunDirectory(job.folder).exists()]:
        found = run.read()
        different = []
        if found.config["filters"] != options.filters:
            different.append(f"{found.config['filters']} filters")
        if found.model == "distill":
            if found.data.direction != direction:
                different.append(f"the direction {found.data.direction}")
            checkpoint = newest_of(run)
            if checkpoint and saved_arguments(checkpoint)["teacher_sha256"] != teacher.sha256:
                different.append("a teacher of other weights")
        if different:
            raise UserError(f"{run.folder} has {', '.join(different)}: give another --output")


def _data(options: Options, info: RunInfo) -> DataConfig:
    """Return the teacher's data in the direction of the students."""
    return replace(info.data, direction=options.direction or info.data.direction)


def measure(
    run: RunDirectory, direction: str, evaluator: "Evaluator", teacher: "Teacher", examples: Any
) -> dict[str, Any]:
    """Return the metrics of one direction of a run, and how far it is from the teacher.

    Args:
        run: of the teacher's data.
        direction: the one that is measured.
        evaluator: of the data in that direction.
        teacher: translates in that direction.
        examples: images (n, h, w, c) that both translate.
    """
    import numpy as np

    from keras_gans.evaluation.metrics import ssim
    from keras_gans.models import DistilledTranslator
    from keras_gans.training.teacher import Teacher

    model = run.load_model()
    own = Teacher.of(model, run.read().data.domains_of(direction), ())
    if own is None:
        raise UserError(f"{run.folder} does not translate {direction}")
    values: dict[str, Any] = dict(evaluator(DistilledTranslator(own.generator, None)))
    images, targets = (x.translate(examples) for x in (own, teacher))
    values["l1_to_teacher"] = float(np.mean(np.abs(images - targets)))
    values["ssim_to_teacher"] = float(np.mean(ssim(targets, images)))
    return {"steps": model.step, **values}


def table(
    options: Options, info: RunInfo, runs: dict[str, RunDirectory], teacher: "Teacher"
) -> str:
    """Return the table of some runs by name."""
    from keras_gans import data
    from train.common.evaluation import make_evaluator

    config = _data(options, info)
    with data.shared_decoding(options.image_cache):
        evaluator = make_evaluator(
            config,
            data.load_config(replace(config, seed=info.config["seed"])),
            features=options.features,
            domain_classifier=options.domain_classifier,
            metrics=options.metric_names,
            samples=options.samples,
        )
        examples = data.load_config(replace(config, split="test")).examples(EXAMPLES)[0]
        found = {
            name: measure(run, config.direction, evaluator, teacher, examples)
            for name, run in runs.items()
        }
    names = list(dict.fromkeys(key for values in found.values() for key in values))
    rows = [
        [name, *(_cell(values.get(key, float("nan"))) for key in names)]
        for name, values in found.items()
    ]
    return markdown_table(["", *names], rows)


def _cell(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _run(options: Options) -> None:
    run = open_directory(options.teacher)
    info = run.read()
    import_tensorflow_quietly()
    teacher = open_teacher(options.teacher, _data(options, info).direction)
    jobs = trainings(options, info)
    refuse_others(options, info, [job for job, _ in jobs.values()], teacher)
    for job, _ in jobs.values():
        job.parent.mkdir(parents=True, exist_ok=True)
    failed: dict[TrainingJob, str] = {}
    for kind in ("distill", "cyclegan"):
        chosen = [(job, flags) for job, flags in jobs.values() if job.variant.startswith(kind)]
        if chosen:
            failed |= run_all([job for job, _ in chosen], chosen[0][1], options.jobs)
    for job, reason in failed.items():
        raise UserError(f"{job.folder.name}: {reason} ({job.log_file})")
    runs = {"teacher": run} | {name: RunDirectory(job.folder) for name, (job, _) in jobs.items()}
    print(f"\n{table(options, info, runs, teacher)}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark as the command line says, and exit."""
    parse_and_run(
        Options, _run, name="benchmarks.distillation", description=__doc__, arguments=arguments
    )


if __name__ == "__main__":
    main()
