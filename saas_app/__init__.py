"""The web app: pages, their states, the services behind them, the API and the jobs."""
