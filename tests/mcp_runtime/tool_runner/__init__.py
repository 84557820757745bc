"""Tests of the runner of http tools."""
