"""Draws the square code by which an app on a phone takes an address over."""

import segno

QUIET_MODULES = 4  # the margin that readers need


def qr_picture(address: str) -> str:
    """Return an SVG as a data address; dark on light in either theme, since readers want that."""
    code = segno.make(address, error="m", micro=False)
    return code.svg_data_uri(border=QUIET_MODULES, scale=4, dark="#1c1917", light="#ffffff")
