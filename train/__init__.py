"""Training from the command line: `python -m train.<variant>`; `python -m train` lists them."""
