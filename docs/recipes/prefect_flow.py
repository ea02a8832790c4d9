"""Define one flow per night. `python prefect_flow.py` serves it on a machine that has bayescale installed."""

import os
import subprocess

from prefect import flow, get_run_logger

COMMAND = ["bayescale", "refit", "/srv/scaling/models", "--store", "s3://example-scaling/store", "--json"]
DRIFT = 4  # published, but a run is outside its forecast


@flow(name="bayescale-refit", retries=0)
def refit() -> str:
    """Re-fit all models and return their outcomes as JSON."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False, env=environment)
    logger = get_run_logger()
    logger.info(done.stderr)
    if done.returncode == DRIFT:
        logger.warning(done.stdout)
    elif done.returncode:
        raise RuntimeError(f"bayescale ended with exit code {done.returncode}: {done.stdout}")
    return done.stdout


if __name__ == "__main__":
    refit.serve(name="nightly", cron="10 3 * * *", limit=1)
