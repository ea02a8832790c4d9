"""Links and scales invert themselves and know their domain."""

import numpy as np
import pytest

from bayescale.scaling_laws.link import SHIFT, Link, Scale


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


@pytest.mark.parametrize("kind", ["identity", "survival", "failure", "shifted"])
def test_link_inverts_itself(kind: str) -> None:
    link = Link(kind)  # type: ignore[arg-type]
    latent = np.array([0.01, 0.3, 2.0])
    assert link.inverse(link.forward(latent, np)) == pytest.approx(latent)


def test_shifted_link_maps_negative_responses_to_positive_quantities() -> None:
    link = Link("shifted")
    assert link.least == -SHIFT
    assert link.inverse(np.array([link.least + 0.1, -5.0, 1.0])) == pytest.approx([0.1, SHIFT - 5.0, SHIFT + 1.0])
    assert Link("identity").least == -np.inf
