"""The one place that builds everything: surfaces, pages, health, metrics, logs. Nothing at import."""

from calldex.app.application import create_app, worker_app

__all__ = ["create_app", "worker_app"]
