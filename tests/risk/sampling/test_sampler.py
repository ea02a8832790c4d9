"""The posterior of all groups against NUTS, and evidence of mixing laws."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import betaln

from bayescale.risk.fit import fit_risk
from bayescale.risk.sampling.pooling import COMMON, MOST_COMMON


def test_evidence_favours_the_true_law() -> None:
    rng = np.random.default_rng(8)
    p = 1 / (1 + np.exp(-rng.normal(-3.0, 1.0, 400)))
    bell = pd.DataFrame({"problem": range(400), "attempts": 300, "successes": rng.binomial(300, p)})
    weight = fit_risk(bell, mixing=["beta", "logit_normal"], random_seed=1).laws.set_index("law")["weight"]
    assert weight["logit_normal"] > 0.95


PROBLEMS, ATTEMPTS, BUDGET = 30, 40, 1000


def counts() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    tables = [
        pd.DataFrame(
            {
                "model": name,
                "problem": range(PROBLEMS),
                "attempts": ATTEMPTS,
                "successes": rng.binomial(ATTEMPTS, rng.beta(0.5, b, PROBLEMS)),
            }
        )
        for name, b in (("a", 6.0), ("b", 9.0), ("c", 40.0))
    ]
    return pd.concat(tables)


def by_nuts(table: pd.DataFrame) -> np.ndarray:
    """ASR@1000 of new problems by group, (draw, group): Beta-Binomial with its two parameters partially pooled."""
    import pymc as pm
    import pytensor.tensor as pt

    names = sorted(table["model"].unique())
    group = table["model"].map(names.index).to_numpy()
    with pm.Model():
        share = MOST_COMMON * pm.Beta("share", *COMMON, shape=2)
        mean, own = pm.Normal("mean", shape=2), pm.Normal("own", shape=(len(names), 2))
        z = pt.sqrt(share) * mean + pt.sqrt(1 - share) * own
        a = pm.Deterministic("a", 0.5 * pt.exp(0.7 * z[:, 0]))
        b = pm.Deterministic("b", 8.0 * pt.exp(1.3 * z[:, 1]))
        pm.BetaBinomial("s", alpha=a[group], beta=b[group], n=ATTEMPTS, observed=table["successes"].to_numpy())
        tree = pm.sample(
            draws=1500, tune=800, chains=4, cores=2, random_seed=1, nuts_sampler="nutpie", progressbar=False,
            nuts={"target_accept": 0.95},
        )  # fmt: skip
    a, b = (tree["posterior"][name].to_numpy().reshape(-1, len(names)) for name in ("a", "b"))
    return np.asarray(1 - np.exp(betaln(a, b + BUDGET) - betaln(a, b)))


@pytest.mark.slow
def test_pooled_groups_agree_with_nuts() -> None:
    table = counts()
    risk = fit_risk(table, by=["model"], mixing="beta", draws=4000, random_seed=1, crossed=False)
    ours = risk.at(BUDGET).dataset["new"].to_numpy()[0, :, :, 0]
    theirs = by_nuts(table)
    for level in (0.05, 0.25, 0.5, 0.75, 0.95):
        np.testing.assert_allclose(np.quantile(ours, level, axis=0), np.quantile(theirs, level, axis=0), atol=0.015)
