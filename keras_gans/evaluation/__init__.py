"""How good generated images are: metrics, the features they compare, and what evaluates a model."""
