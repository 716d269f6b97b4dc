"""The cases, one file for each part of the environment that breaks."""
