"""The compiled log density of a model: recorded from its definition, differentiated, written as one Numba function."""
