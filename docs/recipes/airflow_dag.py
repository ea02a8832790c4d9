"""Define one task per night. Put this file into Airflow's dags folder, on workers that have bayescale installed."""

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    "bayescale_refit",
    schedule="10 3 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
) as dag:
    BashOperator(
        task_id="refit",
        bash_command="bayescale refit /srv/scaling/models --store s3://example-scaling/store --json",
        env={"OPENBLAS_NUM_THREADS": "1"},
        append_env=True,
        skip_on_exit_code=4,  # published, but a run is outside its forecast: the alert is sent
        retries=0,  # the same rows and specs would fail again
    )
