"""The product's colours for mail, which knows no variables; a test holds them to the theme."""

LIGHT = {
    "canvas": "#faf9f7",
    "surface": "#ffffff",
    "sunken": "#f3f1ed",
    "ink": "#1f1b18",
    "ink_soft": "#4f4943",
    "ink_faint": "#6b645d",
    "line": "#e5e1db",
    "ember": "#c73e0b",
    "on_ember": "#ffffff",
    "ember_ink": "#b3370a",
}
DARK = {
    "canvas": "#12100e",
    "surface": "#1a1816",
    "sunken": "#0d0b0a",
    "ink": "#f2eeea",
    "ink_soft": "#c0b8af",
    "ink_faint": "#9d958c",
    "line": "#2e2a27",
    "ember": "#f4683a",
    "on_ember": "#1c0903",
    "ember_ink": "#ff8f63",
}
