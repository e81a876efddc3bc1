"""A PyTorch implementation, eager as the reference ones, with the networks of keras_gans.

The structure is that of [pytorch-CycleGAN-and-pix2pix](https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix)
and of [PyTorch's DCGAN](https://github.com/pytorch/examples/tree/main/dcgan): fakes are
generated once and passed detached to the discriminators, which are frozen during the generators'
update. Adam is fused, and batches are taken from float32 images in memory, without a loader: both
are in PyTorch's favor.
"""

import os
import random
import time
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

IMAGES = 512  # per domain


class PyTorch:
    """The PyTorch implementation of a case.

    Args:
        case: a `benchmarks.cases.Case`.
        precision: "float32", or "bfloat16" for autocast.
        channels_last: whether images and weights have that memory format.
    """

    def __init__(self, case, precision: str, channels_last: bool):
        torch.set_num_threads(os.cpu_count())
        torch.manual_seed(0)
        random.seed(0)
        enabled = precision == "bfloat16"
        autocast = partial(torch.autocast, "cpu", torch.bfloat16, enabled=enabled)
        memory_format = torch.channels_last if channels_last else torch.contiguous_format
        self.model = {"cyclegan": CycleGAN, "dcgan": DCGAN}[case.name](case, autocast)
        self.layers = self.model.layers()
        self.model.to(memory_format=memory_format)
        self.memory_format, self.batch_size = memory_format, case.batch_size
        side, _, channels = case.image_shape
        self.domains = torch.rand(self.model.domains, IMAGES, channels, side, side) * 2 - 1

    def train(self, steps: int) -> list[float]:
        """Train for one step more than `steps`; return the seconds of all but the first."""
        ends = []
        for _ in range(steps + 1):
            self.model.step(*map(self._batch, self.domains))
            ends.append(time.perf_counter())
        return np.diff(ends).tolist()

    def _batch(self, images):
        batch = images[torch.randint(IMAGES, (self.batch_size,))]
        return batch.contiguous(memory_format=self.memory_format)


def layers_of(network: nn.Module, example: torch.Tensor) -> list[tuple[int, int]]:
    """Return (trainable weights, outputs per example) of each layer that has weights."""
    layers = []

    def record(layer, inputs, outputs):
        layers.append((sum(p.numel() for p in layer.parameters()), outputs[0].numel()))

    own = [m for m in network.modules() if list(m.parameters(recurse=False))]
    hooks = [layer.register_forward_hook(record) for layer in own]
    with torch.no_grad():
        network(example)
    for hook in hooks:
        hook.remove()
    return layers


# DCGAN --------------------------------------------------------------------------------------------


class DCGAN(nn.Module):
    """DCGAN, for one domain of images."""

    domains = 1

    def __init__(self, case, autocast):
        super().__init__()
        self.generator, self.discriminator = _dcgan_generator(case), _dcgan_discriminator(case)
        self.apply(_initialize)
        self.autocast, self.latent_dim = autocast, case.latent_dim
        self.generator_optimizer = _adam(self.generator)
        self.discriminator_optimizer = _adam(self.discriminator)

    def layers(self) -> dict[str, list[tuple[int, int]]]:
        """Return the networks' layers."""
        latents = torch.randn(2, self.latent_dim)
        with torch.no_grad():
            images = self.generator(latents)
        return {
            "generator": layers_of(self.generator, latents),
            "discriminator": layers_of(self.discriminator, images),
        }

    def step(self, images):
        """Train the discriminator, then the generator on the same fakes."""
        self.discriminator_optimizer.zero_grad()
        with self.autocast():
            fakes = self.generator(torch.randn(len(images), self.latent_dim))
            loss = _cross_entropy(self.discriminator(images), 1.0)
            loss = loss + _cross_entropy(self.discriminator(fakes.detach()), 0.0)
        loss.backward()
        self.discriminator_optimizer.step()

        self.discriminator.requires_grad_(False)
        self.generator_optimizer.zero_grad()
        with self.autocast():
            loss = _cross_entropy(self.discriminator(fakes), 1.0)
        loss.backward()
        self.generator_optimizer.step()
        self.discriminator.requires_grad_(True)


def _cross_entropy(logits, target: float):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def _dcgan_generator(case) -> nn.Module:
    side, _, channels = case.image_shape
    num_upsamples = _num_downsamples(side)
    start, width = side >> num_upsamples, case.filters << (num_upsamples - 1)
    layers = [
        nn.Linear(case.latent_dim, width * start * start, bias=False),
        nn.Unflatten(1, (width, start, start)),
        nn.BatchNorm2d(width),
        nn.ReLU(),
    ]
    for _ in range(num_upsamples - 1):
        layers += [
            nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width // 2),
            nn.ReLU(),
        ]
        width //= 2
    return nn.Sequential(*layers, nn.ConvTranspose2d(width, channels, 4, 2, 1), nn.Tanh())


def _dcgan_discriminator(case) -> nn.Module:
    side, _, channels = case.image_shape
    width, num_downsamples = case.filters, _num_downsamples(side)
    layers = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
    for _ in range(num_downsamples - 1):
        layers += [
            nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(0.2),
        ]
        width *= 2
    features = width * (side >> num_downsamples) ** 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(features, 1))


def _num_downsamples(side: int) -> int:
    """Return how often a side can be halved, down to 4 or 7."""
    return 0 if side < 8 else 1 + _num_downsamples(side // 2)


# CycleGAN -----------------------------------------------------------------------------------------


class CycleGAN(nn.Module):
    """CycleGAN, for two domains of images."""

    domains = 2

    def __init__(self, case, autocast):
        super().__init__()
        self.generators = nn.ModuleDict({n: _generator(case) for n in ("a_to_b", "b_to_a")})
        self.discriminators = nn.ModuleDict({name: _patch_discriminator(case) for name in "ab"})
        self.apply(_initialize)
        self.pools = {"a": Pool(), "b": Pool()}
        self.autocast, self.image_shape = autocast, case.image_shape
        self.generator_optimizer = _adam(self.generators)
        self.discriminator_optimizer = _adam(self.discriminators)

    def layers(self) -> dict[str, list[tuple[int, int]]]:
        """Return the networks' layers."""
        side, _, channels = self.image_shape
        image = torch.zeros(1, channels, side, side)
        networks = {**self.generators, **self.discriminators}
        return {name: layers_of(network, image) for name, network in networks.items()}

    def step(self, a, b):
        """Train both generators, then both discriminators on the same fakes and earlier ones."""
        self.discriminators.requires_grad_(False)
        self.generator_optimizer.zero_grad()
        with self.autocast():
            fake_a, fake_b, loss = self._translate(a, b)
        loss.backward()
        self.generator_optimizer.step()

        self.discriminators.requires_grad_(True)
        self.discriminator_optimizer.zero_grad()
        for name, real, fake in (("a", a, fake_a), ("b", b, fake_b)):
            pooled = self.pools[name](fake.detach())
            with self.autocast():
                discriminate = self.discriminators[name]
                loss = 0.5 * (_square(discriminate(real), 1.0) + _square(discriminate(pooled), 0.0))
            loss.backward()
        self.discriminator_optimizer.step()

    def _translate(self, a, b):
        a_to_b, b_to_a = self.generators["a_to_b"], self.generators["b_to_a"]
        fake_b, fake_a = a_to_b(a), b_to_a(b)
        cycle = F.l1_loss(b_to_a(fake_b), a) + F.l1_loss(a_to_b(fake_a), b)
        identity = F.l1_loss(b_to_a(a), a) + F.l1_loss(a_to_b(b), b)
        logits = self.discriminators["a"](fake_a), self.discriminators["b"](fake_b)
        adversarial = sum(_square(each, 1.0) for each in logits)
        return fake_a, fake_b, adversarial + 10.0 * cycle + 5.0 * identity


class Pool:
    """Earlier fakes, which replace half of the new ones."""

    def __init__(self, size: int = 50):
        self.size, self.images = size, []

    def __call__(self, images):
        """Return the images, some of them replaced."""
        return torch.stack([self._exchange(image) for image in images])

    def _exchange(self, image):
        if len(self.images) < self.size:
            self.images.append(image)
        elif random.random() < 0.5:
            at = random.randrange(self.size)
            image, self.images[at] = self.images[at], image
        return image


def _square(logits, target: float):
    return F.mse_loss(logits, torch.full_like(logits, target))


def _generator(case) -> nn.Module:
    width, channels = case.filters, case.image_shape[-1]
    layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7, bias=False), *_normalized(width)]
    for _ in range(2):
        layers += [nn.Conv2d(width, 2 * width, 3, 2, 1, bias=False), *_normalized(2 * width)]
        width *= 2
    layers += [Residual(width) for _ in range(case.blocks)]
    for _ in range(2):
        up = nn.ConvTranspose2d(width, width // 2, 3, 2, 1, output_padding=1, bias=False)
        layers += [up, *_normalized(width // 2)]
        width //= 2
    return nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh())


def _normalized(width: int) -> list[nn.Module]:
    return [nn.InstanceNorm2d(width, affine=True), nn.ReLU(True)]


class Residual(nn.Module):
    """A residual block."""

    def __init__(self, width: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3, bias=False),
            *_normalized(width),
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3, bias=False),
            nn.InstanceNorm2d(width, affine=True),
        )

    def forward(self, x):
        """Return the sum."""
        return x + self.layers(x)


def _patch_discriminator(case) -> nn.Module:
    width = case.filters
    layers = [nn.Conv2d(case.image_shape[-1], width, 4, 2, 1), nn.LeakyReLU(0.2, True)]
    for stride in (2, 2, 1):
        layers += [
            nn.Conv2d(width, 2 * width, 4, stride, 1, bias=False),
            nn.InstanceNorm2d(2 * width, affine=True),
            nn.LeakyReLU(0.2, True),
        ]
        width *= 2
    return nn.Sequential(*layers, nn.Conv2d(width, 1, 4, 1, 1))


# Shared ------------------------------------------------------------------------------------------


def _adam(network: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam(network.parameters(), 2e-4, (0.5, 0.999), fused=True)


def _initialize(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(layer.weight, 0.0, 0.02)
