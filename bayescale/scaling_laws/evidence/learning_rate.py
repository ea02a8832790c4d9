"""Evidence of the laws in `catalog/learning_rate.py`."""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import PUBLISHED, Evidence

EVIDENCE: Mapping[str, Evidence] = {
    "lr_annealing": Evidence(
        read=(
            "abstract",
            "code",
        ),
        equation="arXiv 2408.11029: L_0 + A S1^-alpha - C S2",
        form="printed",
        where={"": "a refit to the curves of thu-yao-01-luo/MultiPowerLaw with the warm-up's own area; not printed"},
        tests=(PUBLISHED,),
    ),
    "multi_power": Evidence(
        read=("code",),
        equation="thu-yao-01-luo/MultiPowerLaw, README; arXiv 2503.12811",
        form="rewritten",
        where={"": "thu-yao-01-luo/MultiPowerLaw, README; not the paper"},
        tests=(PUBLISHED,),
    ),
}
