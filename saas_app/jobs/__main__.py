"""The jobs program: `python -m saas_app.jobs`."""

from saas_app.jobs.worker import main

if __name__ == "__main__":
    main()
