"""The screens: each draws, none decides."""
