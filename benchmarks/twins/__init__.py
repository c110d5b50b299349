"""The same rule, written for others: each module has a class `Twin(arrays, numbers)` with step() and states()."""
