"""Trained generators out of a run: `python -m export RUN`, or one form: `export.tflite RUN`."""
