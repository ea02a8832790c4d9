"""The fits of the reports' tests, with names that nobody should trust."""

from tests.report.conftest import fitted, forecast

__all__ = ["fitted", "forecast"]
