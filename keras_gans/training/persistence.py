"""What of a model outlives its process: its random states, and its presets."""

import os
from typing import Any, Self

import keras
from keras import ops

from keras_gans.provenance import Provenance


class PersistentModel(keras.Model):
    """A Keras model that is saved with its random states, and opened from presets."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Build the model from `get_config`, its networks included."""
        return cls(**keras.saving.deserialize_keras_object(config))

    @classmethod
    def from_preset(cls, preset: str | os.PathLike) -> Self:
        """Open a preset: a model with trained weights, not compiled.

        No code in a preset is executed. If it has no discriminators, those of the model are new.

        Args:
            preset: a name of `keras_gans.presets.names()`, a folder that `save_to_preset` wrote,
                "hf://owner/name" of the Hugging Face Hub, or
                "kaggle://owner/model/keras/variation" of Kaggle Models.

        Raises:
            PresetError: there is no such preset, it is damaged, or it is of another class.
        """
        from keras_gans.presets.loading import load  # presets import models: not at the top

        return load(preset, expected=cls)

    def save_to_preset(
        self,
        folder: str | os.PathLike,
        *,
        dtype: str = "float32",
        discriminators: bool = True,
        examples: Any = None,
        provenance: Provenance | None = None,
    ) -> None:
        """Write a preset: the configuration, and the weights of the networks.

        The generators' weights are the averaged ones. Nothing else of a training is written; to
        resume one, use `save`. A preset that is there is replaced.

        Args:
            folder: the preset's folder.
            dtype: of the weights in the file, "float32" or "float16".
            discriminators: whether to write them too, without which the preset is smaller.
            examples: a batch of real examples, with which exports are compared with Keras; None
                for random images.
            provenance: where the weights come from, for metadata.json and the model card.

        Raises:
            PresetError: the folder holds something else.
            ValueError: there is no such dtype, or the model has parts that are no layers of Keras
                and not registered, such as operations of `keras.ops` in a functional network.
        """
        from keras_gans.presets.saving import save  # presets import models: not at the top

        save(
            self,
            folder,
            dtype=dtype,
            discriminators=discriminators,
            examples=examples,
            provenance=provenance,
        )

    def save_own_variables(self, store: Any) -> None:
        """Save the model's own weights and all random states, which Keras does not save."""
        for index, variable in enumerate(self._own_state()):
            store[str(index)] = ops.convert_to_numpy(variable)

    def load_own_variables(self, store: Any) -> None:
        """Load what `save_own_variables` saved."""
        for index, variable in enumerate(self._own_state()):
            variable.assign(store[str(index)])

    def _own_state(self) -> list[keras.Variable]:
        weights = {id(weight) for weight in self.weights}
        random_states = [v for v in self.variables if id(v) not in weights]
        return [*self._trainable_variables, *self._non_trainable_variables, *random_states]
