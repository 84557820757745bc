"""Tools that are Python functions: written, converted from requests, and what they may reach.

Nothing here reads code as a program does; it is text. Only the runtime has it looked at.
"""
