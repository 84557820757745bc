"""A small API to try the product on: a pottery studio's kilns, firings and glazes.

It belongs to development alone. It runs as a process of its own, keeps everything in memory, and
its document (`/openapi.json`) is written by hand like that of any other service.
"""
