"""Trained generators out of a run: `python -m export.saved_model RUN`, `tflite`, `images`."""
