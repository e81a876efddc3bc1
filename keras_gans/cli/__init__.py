"""What the commands of `train` and `export` share. The library does not import it."""
