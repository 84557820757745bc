"""Starts the product: `python -m saas_app`; `--help` lists what else it does."""

from saas_app.launch.commands import main

if __name__ == "__main__":
    main()
