"""What the entries share: flags, run directories, the training itself."""
