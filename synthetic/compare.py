"""Synthetic against published."""
