"""The rules a lawyer could argue about: frozen values and pure functions, nothing else."""
