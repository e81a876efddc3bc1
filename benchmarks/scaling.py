"""How training would scale to several GPUs and machines: `python -m benchmarks.scaling`.

A simulation: no GPU is timed. It counts the operations and the gradients of a training step of this
library's models, and takes from `Cluster` how fast GPUs and links are. Each GPU keeps its batch, so
that the batch of all grows with them. Prints a Markdown table for each model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from keras_gans.cli.main import import_tensorflow_quietly, parse_and_run
from keras_gans.tables import markdown_table
from keras_gans.validation import Config, PositiveFloat, PositiveInt

GRADIENT_BYTES = 4  # float32, in mixed precision too
EFFICIENT = 0.8
# Name: (model, image shape, batch sizes of a GPU)
MODELS = {
    "CycleGAN at 256x256": ("cyclegan", "CycleGAN", (256, 256, 3), (1, 4)),
    "R3GAN at 64x64": ("r3gan", "R3GAN", (64, 64, 3), (16, 256)),
    "DCGAN at 64x64": ("dcgan", "DCGAN", (64, 64, 3), (16, 256)),
}
SIZES = ((1, 1), (1, 2), (1, 4), (1, 8), (2, 8), (4, 8), (8, 8), (16, 8))  # machines, GPUs of each


@dataclass(frozen=True)
class Cluster(Config):
    """What is taken to be so.

    Args:
        gpu_flops: bfloat16, dense; data sheet of NVIDIA's A100.
        utilization: share of them that convolutions reach; assumed.
        kernel_seconds: least time of a convolution or a product, with what goes with it; assumed.
        nvlink_bytes: a second and direction of a GPU; data sheet of the A100, 600 GB/s in both.
        nvlink_seconds: latency of a message within a machine; assumed.
        network_bits: a second of a machine, in each direction; 100 or 200 Gb/s are usual.
        network_seconds: latency of a message between machines; assumed.
        link_share: share of a link's bandwidth that is reached; assumed.
        overlap: share of a step's computing during which gradients can be sent; assumed. 0.3 is
            less than the half or so that a backward pass takes.
        input_bytes: of float32 images that a core prepares in a second; assumed.
        input_cores: of a GPU, that prepare images; assumed.
    """

    gpu_flops: PositiveFloat = 312e12
    utilization: PositiveFloat = 0.3
    kernel_seconds: PositiveFloat = 10e-6
    nvlink_bytes: PositiveFloat = 300e9
    nvlink_seconds: PositiveFloat = 5e-6
    network_bits: PositiveFloat = 100e9
    network_seconds: PositiveFloat = 20e-6
    link_share: PositiveFloat = 0.7
    overlap: PositiveFloat = 0.3
    input_bytes: PositiveFloat = 200e6
    input_cores: PositiveInt = 4


@dataclass(frozen=True)
class Training:
    """A training step of one GPU.

    Attributes:
        flops: of convolutions and matrix products.
        operations: how many of them there are.
        gradients: bytes of each all-reduce of gradients: of each network's update.
        reductions: how often batch normalization needs sums of all GPUs.
        input_bytes: of the images of its batch.
        images: of its batch.
    """

    flops: int
    operations: int
    gradients: tuple[int, ...]
    reductions: int
    input_bytes: int
    images: int


@dataclass(frozen=True)
class Step:
    """Seconds of the parts of a step: computing, what is sent after it, and preparing images."""

    compute: float
    communication: float
    input: float

    @property
    def seconds(self) -> float:
        """The whole step: images are prepared at the same time."""
        return max(self.compute + self.communication, self.input)

    @property
    def bound(self) -> str:
        """What takes the most of it."""
        if self.input > self.compute + self.communication:
            return "input"
        return "compute" if self.compute >= self.communication else "communication"


def ring_all_reduce(members: int, size: float, bandwidth: float, latency: float) -> float:
    """Return the seconds of a ring all-reduce.

    Each member sends 2 (n - 1) messages of an n-th of the bytes to its neighbor: Patarasuk and
    Yuan, 2009.

    Args:
        members: n.
        size: bytes that each member has.
        bandwidth: bytes a second that a member sends.
        latency: seconds of a message.
    """
    messages = 2 * (members - 1)
    return messages * (size / members / bandwidth + latency)


def all_reduce(cluster: Cluster, machines: int, gpus: int, size: float) -> float:
    """Return the seconds of an all-reduce: within machines, and once between them."""
    nvlink = cluster.nvlink_bytes * cluster.link_share
    network = cluster.network_bits / 8 * cluster.link_share
    within = ring_all_reduce(gpus, size, nvlink, cluster.nvlink_seconds)
    return within + ring_all_reduce(machines, size, network, cluster.network_seconds)


def simulate(training: Training, cluster: Cluster, machines: int, gpus: int) -> Step:
    """Return the parts of a step on machines of some GPUs each."""
    speed = cluster.gpu_flops * cluster.utilization
    compute = training.flops / speed + training.operations * cluster.kernel_seconds
    sent = sum(all_reduce(cluster, machines, gpus, size) for size in training.gradients)
    # Sums of batch statistics are a few bytes, and the next layer waits for them.
    waited = training.reductions * all_reduce(cluster, machines, gpus, 0)
    exposed = max(0.0, sent - cluster.overlap * compute) + waited
    prepared = training.input_bytes / (cluster.input_bytes * cluster.input_cores)
    return Step(compute, exposed, prepared)


def efficiency(training: Training, cluster: Cluster, machines: int, gpus: int) -> float:
    """Return the images a second of a GPU, relative to those of one GPU alone."""
    one = simulate(training, cluster, 1, 1).seconds
    return one / simulate(training, cluster, machines, gpus).seconds


def training_of(module: str, name: str, image_shape: tuple[int, ...], batch: int) -> Training:
    """Build a model with its defaults, and count a training step of it."""
    import importlib

    import keras
    import tensorflow as tf

    from benchmarks.flops import count

    # A graph in which CPUs take no algorithm of their own: GPUs would compute in it, too.
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    model_class = getattr(importlib.import_module(f"keras_gans.models.{module}"), name)
    model = model_class.create(image_shape, seed=0)
    model.compile(model.make_generator_optimizer(), model.make_optimizer())
    images = tf.TensorSpec((batch, *image_shape), "float32")
    inputs = (images, images) if model.task == "unpaired" else images
    with _counted_normalizations() as calls:
        work = count(model.train_step, inputs)
    gradients = tuple(
        GRADIENT_BYTES * sum(variable.value.shape.num_elements() for variable in variables)
        for variables in (model.discriminator_variables, model.generator_variables)
    )
    domains = len(inputs) if isinstance(inputs, tuple) else 1
    size = 4 * domains * images.shape.num_elements()
    # Forwards the sums of values and squares in one message, backwards their gradients.
    return Training(work.flops, work.operations, gradients, 2 * len(calls), size, batch)


class _counted_normalizations:
    """Counts the calls of batch normalization within a `with` block."""

    def __enter__(self) -> list[str]:
        import keras

        self.layer = keras.layers.BatchNormalization
        self.call, calls = self.layer.call, []

        def call(layer, *args, **kwargs):
            calls.append(layer.name)
            return self.call(layer, *args, **kwargs)

        self.layer.call = call
        return calls

    def __exit__(self, *error: object) -> None:
        self.layer.call = self.call


def table(training: Training, cluster: Cluster) -> str:
    """Return a Markdown table, a row for each size of the cluster."""
    rows = []
    for machines, gpus in SIZES:
        step = simulate(training, cluster, machines, gpus)
        total = machines * gpus * training.images
        share = efficiency(training, cluster, machines, gpus)
        cells = (f"{1000 * step.seconds:.1f}", f"{total / step.seconds:,.0f}", f"{100 * share:.0f}")
        rows.append([machines * gpus, machines, total, *cells, step.bound])
    headers = ("GPUs", "machines", "global batch", "step, ms", "images/s", "efficiency, %", "bound")
    return markdown_table(headers, rows)


def limit(training: Training, cluster: Cluster) -> str:
    """Return where the efficiency falls below `EFFICIENT`."""
    for machines, gpus in SIZES:
        if efficiency(training, cluster, machines, gpus) < EFFICIENT:
            return f"below {EFFICIENT:.0%} from {machines * gpus} GPUs on"
    return f"at least {EFFICIENT:.0%} at all of these sizes"


def run(cluster: Cluster) -> int:
    """Print a table for each model and batch."""
    import_tensorflow_quietly()
    for title, (module, name, image_shape, batches) in MODELS.items():
        for batch in batches:
            training = training_of(module, name, image_shape, batch)
            sizes = " and ".join(f"{size / 1e6:.1f}" for size in training.gradients)
            print(
                f"{title}, batch of a GPU {batch}: {training.flops / 1e9:,.0f} GFLOP a step, "
                f"gradients of {sizes} MB, {training.reductions} sums of batch normalization; "
                f"{limit(training, cluster)}\n\n{table(training, cluster)}\n",
                flush=True,
            )
    return 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the simulation as the command line says, and exit."""
    parse_and_run(Cluster, run, name="benchmarks.scaling", description=__doc__, arguments=arguments)


if __name__ == "__main__":
    main()
