"""Posterior trees of the store's tests, which tests of files read too."""

from tests.maintenance.store.conftest import other_tree, tree  # noqa: F401
