"""Transparency logs as arithmetic: an auditor can take this folder and leave the hub."""
