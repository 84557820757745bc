"""Every door of the web program, who may pass it, and that the others change and learn nothing."""
