"""Runs Python tools: in the sandbox supervisor's workers, never in this process."""
