"""Starting and stopping: builds the UI, starts the three programs, and ends them together."""
