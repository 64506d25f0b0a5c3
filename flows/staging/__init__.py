"""Conversations as plays: for the command line, the tests, and whoever has to read every text."""
