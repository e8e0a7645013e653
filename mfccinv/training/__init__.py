"""Trains a network: losses, batches, devices, schedules, epochs."""
