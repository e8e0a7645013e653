"""What everything stands on: whole files, processes and threads, registries, versions."""
