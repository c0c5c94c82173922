"""One sync a night of each account, as a DAG of Airflow 2.9 or newer.

The worker has chatrhub-sync installed (npm install --global chatrhub-sync), and a file of settings for each account, one NAME=value a line.
The exit code decides what Airflow does:

    0            done; what budget or time left over is the next night's
    1            partial or failed: for people; to begin anew at once mends nothing
    2            wrong settings: for people
    3            another sync of this account is running and does the work: skipped
    others       stopped or killed; what was fetched is stored: tried again
"""

import json
import os
import subprocess
from datetime import timedelta
from pathlib import Path

import pendulum
from airflow.decorators import dag, task
from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException

ACCOUNTS = Path("/etc/chatrhub-sync")


def settings_of(account: str) -> dict[str, str]:
    lines = (ACCOUNTS / f"{account}.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


@dag(
    schedule="0 2 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    tags=["chatrhub"],
)
def chatrhub_sync():
    # Longer than SYNC_MAX_DURATION, which ends a sync by itself.
    @task(retries=2, retry_delay=timedelta(minutes=10), execution_timeout=timedelta(hours=7))
    def sync(account: str) -> dict:
        command = ["chatrhub-sync", "sync", "--json"]
        # A folder without a .env: settings come from the account's file only.
        done = subprocess.run(
            command, env={**os.environ, **settings_of(account)}, cwd="/tmp", stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode == 3:
            raise AirflowSkipException("another sync of this account is running")
        run = json.loads(done.stdout) if done.stdout.strip() else {"status": "failed", "errors": []}
        if done.returncode in (1, 2):
            wrong = [error["error"] for error in run["errors"]] + [doubt["text"] for doubt in run.get("doubts", [])]
            raise AirflowFailException(f"{run['status']}: {'; '.join(wrong) or 'see the log'}")
        if done.returncode != 0:
            raise AirflowException(f"stopped with {done.returncode}; the next try goes on from what is stored")
        return {"status": run["status"], "requests": run["requests"], "backlog": run["backlog"]}

    for file in sorted(ACCOUNTS.glob("*.env")):
        sync.override(task_id=f"sync_{file.stem}")(file.stem)


chatrhub_sync()
