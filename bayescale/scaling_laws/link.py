"""From the latent quantity of a law to the measured response, and the scale on which its noise is symmetric."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import expit, logit

from bayescale.core.argument_types import ArrayModule, Numeric
from bayescale.core.arguments import checked

#: Difference of the latent quantity and a shifted response. A loss relative to a unigram model is at least minus the
#: entropy of that model, so that this sum is positive: 256,000 tokens with frequencies of Zipf have 8.5 nats per token.
SHIFT = 10.0


@checked
@dataclass(frozen=True)
class Link:
    """The function from the latent quantity (floor plus terms) to the measured response.

    Parameters
    ----------
    name : {"identity", "survival", "failure", "shifted"}
        "survival" is exp(-latent), the probability that every one of many steps succeeds. "failure" is
        1 - exp(-latent). "shifted" is latent - 10, for a loss relative to a reference, which may be negative.
    """

    name: Literal["identity", "survival", "failure", "shifted"]

    def forward(self, latent: Numeric, xp: ArrayModule) -> Any:
        """Map the latent quantity to the response.

        Parameters
        ----------
        latent : array or tensor
            The latent quantity.
        xp : module
            `numpy` or `pytensor.tensor`.

        Returns
        -------
        array or tensor
            The response, of the same shape.
        """
        if self.name == "survival":
            return xp.exp(-latent)
        if self.name == "failure":
            return -xp.expm1(-latent)
        return latent - SHIFT if self.name == "shifted" else latent

    def inverse(self, response: Numeric) -> Any:
        """Map a measured response to the latent quantity, with NumPy.

        Parameters
        ----------
        response : array
            The response.

        Returns
        -------
        array
            The latent quantity, of the same shape.
        """
        if self.name == "survival":
            return -np.log(response)
        if self.name == "failure":
            return -np.log1p(-response)
        return response + SHIFT if self.name == "shifted" else response

    @property
    def least(self) -> float:
        """The bound above which a response must lie, so that its latent quantity is above 0."""
        return -SHIFT if self.name == "shifted" else -np.inf

    @property
    def latex(self) -> str:
        """The link as LaTeX, with %s in place of the latent quantity."""
        return {
            "identity": "%s",
            "survival": r"\exp\left[-\left(%s\right)\right]",
            "failure": r"1 - \exp\left[-\left(%s\right)\right]",
            "shifted": f"%s - {SHIFT:g}",
        }[self.name]


@checked
@dataclass(frozen=True)
class Scale:
    """The scale of the response on which the noise is symmetric and the discrepancy is added.

    Parameters
    ----------
    name : {"log", "logit", "identity"}, default "log"
        The transformation of the response.
    """

    name: Literal["log", "logit", "identity"] = "log"

    def forward(self, response: Numeric, xp: ArrayModule) -> Any:
        """Map the response to the scale.

        Parameters
        ----------
        response : array or tensor
            The response.
        xp : module
            `numpy` or `pytensor.tensor`.

        Returns
        -------
        array or tensor
            The value on the scale, of the same shape.
        """
        if self.name == "log":
            return xp.log(response)
        if self.name == "logit":
            return logit(response) if xp is np else xp.log(response) - xp.log1p(-response)
        return response

    def inverse(self, value: Numeric) -> Any:
        """Map a value on the scale to the response, with NumPy.

        Parameters
        ----------
        value : array
            The value on the scale.

        Returns
        -------
        array
            The response, of the same shape.
        """
        if self.name == "log":
            return np.exp(value)
        return expit(value) if self.name == "logit" else value

    def reaches(self, response: Numeric) -> Any:
        """Return whether a measured response has a finite value on the scale.

        Parameters
        ----------
        response : array
            The response.

        Returns
        -------
        array of bool
            True where the value is finite, of the same shape.
        """
        with np.errstate(all="ignore"):
            return np.isfinite(self.forward(response, np))

    def log_jacobian(self, response: Numeric) -> Any:
        """Evaluate the log derivative of the value on the scale with respect to the log response.

        A log density on the scale plus this term is comparable with that of a law on any other scale.

        Parameters
        ----------
        response : array
            The response. Where it is not above 0, the derivative is with respect to the response itself.

        Returns
        -------
        array
            The log derivative, of the same shape.
        """
        response = np.asarray(response, dtype=float)
        positive = response > 0
        if self.name == "identity":
            return np.log(np.where(positive, response, 1.0))
        share = np.where(positive, response if self.name == "logit" else 0.0, np.nan)
        return -np.log1p(-share)

    @property
    def allowed(self) -> str:
        """The responses that have a finite value on the scale, in words."""
        return {"log": "above 0", "logit": "between 0 and 1, both excluded", "identity": "finite"}[self.name]


IDENTITY = Link("identity")
LOG = Scale("log")
