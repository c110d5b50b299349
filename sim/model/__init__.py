"""The model: a city, its people and a month. Knows nothing of files, plots or processes."""
