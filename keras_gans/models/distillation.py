"""Distillation: a small translator learns from what a trained one makes."""

import keras
from keras import ops

from keras_gans import losses
from keras_gans.distillation_config import DistillationConfig
from keras_gans.evaluation.metrics import ssim
from keras_gans.networks import patch, resnet_translator, subpixel_translator
from keras_gans.networks.copying import copy_network
from keras_gans.training.adversarial_model import AdversarialModel
from keras_gans.training.schedules import DecayingRate
from keras_gans.training.teacher import Teacher


@keras.saving.register_keras_serializable("keras_gans")
class DistilledTranslator(DecayingRate, AdversarialModel):
    """A student of CycleGAN or CUT, which makes of an image what the teacher makes of it.

    The distances are those of [GAN Compression, Li et al., 2020](https://arxiv.org/abs/2003.08936):
    L1, of [OMGD, Ren et al., 2021](https://arxiv.org/abs/2108.06908): structural similarity, and of
    [DCD, Hu et al., 2022](https://arxiv.org/abs/2212.14169): features in the teacher's
    discriminator. The student's own discriminator, which
    begins as the teacher's, compares its images with real ones.

    A batch is a tuple of images (n, h, w, c) of domains a and b. The teacher is not saved: a model
    that was loaded translates without it, and trains on once it has it again.

    Args:
        generator: the student, from images of domain a to images of the same shape.
        discriminator: from images of domain b to logits; None without adversarial loss.
        teacher_sha256: the hash of the teacher's weights.
        l1_weight: weight of |student - teacher|; 0, also for the next ones, for none.
        ssim_weight: of 1 - the structural similarity of both.
        discriminator_feature_weight: of the mean absolute differences of features in the teacher's
            discriminator, summed over its layers.
        adversarial_weight: of the adversarial loss.

    Attributes:
        teacher: what it learns from; None after loading.
    """

    task = "unpaired"
    config_class = DistillationConfig
    generator_domains = {"generator": (0, 1)}
    adversarial_loss: losses.AdversarialLoss = losses.LeastSquares()

    def __init__(
        self,
        generator,
        discriminator,
        teacher_sha256: str | None = None,
        l1_weight: float = DistillationConfig.l1_weight,
        ssim_weight: float = DistillationConfig.ssim_weight,
        discriminator_feature_weight: float = DistillationConfig.discriminator_feature_weight,
        adversarial_weight: float = DistillationConfig.adversarial_weight,
        **kwargs,
    ):
        discriminators = {"discriminator": discriminator} if discriminator else {}
        super().__init__({"generator": generator}, discriminators, **kwargs)
        self.generator, self.discriminator = generator, discriminator
        self.teacher_sha256 = teacher_sha256
        self.l1_weight, self.ssim_weight = l1_weight, ssim_weight
        self.discriminator_feature_weight = discriminator_feature_weight
        self.adversarial_weight = adversarial_weight
        self.teacher: Teacher | None = None

    @classmethod
    def create(
        cls, image_shape, *, teacher: Teacher, classes=None, seed=None, **hyperparameters
    ) -> "DistilledTranslator":
        """Build the student and, as a copy of the teacher's, its discriminator.

        Args:
            image_shape: (height, width, channels), as the teacher's.
            teacher: what it learns from. If it has no discriminator, the student's is new, and no
                features are compared in the teacher's.
            classes: not used: the data have no labels.
            seed: kept with the model, in whose training nothing is random.
            **hyperparameters: the fields of `DistillationConfig`.

        Raises:
            ValueError: a hyperparameter is out of its range, or the networks do not take images of
                that height and width.
        """
        config = DistillationConfig(**hyperparameters)
        teacher.check_shape(image_shape)
        model = cls(
            _student(config, image_shape),
            cls._make_discriminator(config, image_shape, teacher),
            teacher.sha256,
            config.l1_weight,
            config.ssim_weight,
            config.discriminator_feature_weight if teacher.discriminator else 0.0,
            config.adversarial_weight,
            seed=seed,
        )
        model.teacher = teacher
        return model

    @classmethod
    def _make_discriminator(cls, config, image_shape, teacher) -> keras.Model | None:
        if not config.adversarial_weight:
            return None
        if teacher.discriminator:
            return copy_network(teacher.discriminator, keras.config.dtype_policy())
        images = keras.Input(image_shape)
        seen = cls.discriminator_input(images, images)
        return patch.discriminator(seen.shape[1:], config.discriminator_filters)

    @staticmethod
    def discriminator_input(sources, images):
        """Return what discriminators see of translations of some sources: the translations."""
        return images

    def generate(self, batch):
        """Return the translations of domain a."""
        return self.generator(batch[0], training=True)

    def discriminator_loss(self, batch, fakes):
        """Return the adversarial loss of images of domain b and of translations, if it has one."""
        if self.discriminator is None:
            return {}
        sources, targets = batch
        seen = [self.discriminator_input(sources, x) for x in (targets, fakes)]
        real, fake = ops.split(self.discriminator(ops.concatenate(seen), training=True), 2)
        return {"adversarial": self.adversarial_discriminator_loss(real, fake)}

    def generator_loss(self, batch, fakes):
        """Return those losses that have a weight."""
        if self.teacher is None:
            raise ValueError("the model has no teacher: to train it, set model.teacher")
        sources = batch[0]
        target = self.teacher.translate(sources)
        named = {}
        if self.l1_weight:
            named["l1"] = self.l1_weight * losses.mean_absolute_difference(fakes, target)
        if self.ssim_weight:
            named["ssim"] = self.ssim_weight * (1.0 - ops.mean(ssim(target, fakes)))
        seen = self.discriminator_input(sources, fakes)
        if self.discriminator_feature_weight:
            seen_of_teacher = self.discriminator_input(sources, target)
            features = map(self.teacher.discriminator_features, (seen, seen_of_teacher))
            distance = sum(map(losses.mean_absolute_difference, *features))
            named["discriminator_features"] = self.discriminator_feature_weight * distance
        if self.discriminator:
            logits = self.discriminator(seen, training=True)
            named["adversarial"] = self.adversarial_weight * self.adversarial_generator_loss(logits)
        return named

    def adversarial_generator_loss(self, logits):
        """Return the loss of CycleGAN, without the factor of 1/2 that `LeastSquares` has."""
        return 2.0 * self.adversarial_loss.generator(logits)

    def example_inputs(self, batch):
        """Return the images of domain a."""
        return {"generator": batch[0]}

    def sample_grid(self, batch):
        """Return images of domain a, and what the teacher and the student make of them."""
        sources, _ = batch
        teacher = {"teacher": self.teacher.translate(sources)} if self.teacher else {}
        return {"input": sources, **teacher, "student": self.generator(sources, training=False)}


def _student(config: DistillationConfig, image_shape) -> keras.Model:
    if config.student == "mobile":
        blocks = resnet_translator.number_of_blocks(config.blocks, image_shape)
        return resnet_translator.mobile(image_shape, config.filters, blocks, "generator")
    blocks = subpixel_translator.BLOCKS if config.blocks is None else config.blocks
    return subpixel_translator.translator(image_shape, config.filters, blocks, "generator")
