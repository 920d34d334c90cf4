"""Colours of pictures, each as grey as it sounds, and marks that differ by their shape."""

from __future__ import annotations

INK, MIDDLE, LIGHT, PALE = "#1f4e79", "#f0a840", "#ffffff", "#d3dde8"
"""A dark, a middle and a light colour, each as grey as it sounds; a ground for areas."""
SECOND = "#a84a00"
"""A line beside one in the dark colour, which it is told from by its dashes too."""
QUIET = "#666666"
HATCH = "////"
MARKS = ("o", "s", "^", "D", "v", "P", "X", "p")
"""Marks of points that are told apart by their shape."""
