"""Facts that the model is tried on: read from a file, run, judged, told."""
