"""Measurements of the program, each against something that is measured in the same run."""
