"""The main job: load, dbt, publish and docs in one run, with a summary."""
