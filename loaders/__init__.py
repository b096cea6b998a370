"""Loaders: statutory returns in, pseudonymised raw tables out."""
