"""Links and scales invert themselves and know their domain."""

import numpy as np
import pytest

from bayescale.scaling_laws.link import Link, Scale


@pytest.mark.parametrize("kind", ["log", "logit", "identity"])
def test_scale_inverts_itself_and_knows_its_domain(kind: str) -> None:
    scale = Scale(kind)  # type: ignore[arg-type]
    response = np.array([0.01, 0.3, 0.99])
    assert scale.inverse(scale.forward(response, np)) == pytest.approx(response)
    assert (
        list(scale.reaches(np.array([-1.0, 0.0, 0.5, 1.0, 2.0, np.nan])))
        == {
            "log": [False, False, True, True, True, False],
            "logit": [False, False, True, False, False, False],
            "identity": [True, True, True, True, True, False],
        }[kind]
    )


@pytest.mark.parametrize("kind", ["identity", "survival", "failure"])
def test_link_inverts_itself(kind: str) -> None:
    link = Link(kind)  # type: ignore[arg-type]
    latent = np.array([0.01, 0.3, 2.0])
    assert link.inverse(link.forward(latent, np)) == pytest.approx(latent)
