"""Runs for others: in a folder, a zip file or a repository of Hugging Face, and back from there, checked."""
