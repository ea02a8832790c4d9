"""The compiled log density of a model: recorded from its definition, differentiated, compiled as one LLVM function."""
