"""By what else than a password people prove who they are."""
