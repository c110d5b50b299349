"""Partnering Up: a laboratory for collaboration between cities and community-led initiatives."""

__version__ = "0.1.0"
