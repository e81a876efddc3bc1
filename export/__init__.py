"""Export trained generators in all formats, `python -m export RUN`, or one: `export.tflite`."""
