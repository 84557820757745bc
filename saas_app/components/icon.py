"""Line icons; each one used adds about 0.3 KB to its page."""

from typing import Any

import reflex as rx


def icon(name: str, *, size: int = 16, label: str = "", class_name: str = "") -> rx.Component:
    """Draw a lucide icon by its name; decorative unless it has a label."""
    named: dict[str, Any] = (
        {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    )
    return rx.icon(name, size=size, class_name=f"shrink-0 stroke-[1.75] {class_name}", **named)
