"""The instruments around the model: compose settings, run cities, store, compare, draw."""
