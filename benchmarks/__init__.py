"""How fast the model is, against others, against itself and against the machine: `python -m benchmarks`."""
