"""What all models share: the training step, models from noise, random numbers, saving."""
