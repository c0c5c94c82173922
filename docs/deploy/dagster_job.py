"""One sync a night as a Dagster asset with partitions by account (Dagster 1.7 or newer). Settings as in airflow_dag.py."""

import json
import os
import subprocess
from pathlib import Path

import dagster as dg

ACCOUNTS = Path("/etc/chatrhub-sync")
accounts = dg.StaticPartitionsDefinition(sorted(file.stem for file in ACCOUNTS.glob("*.env")) or ["example"])


def settings_of(account: str) -> dict[str, str]:
    lines = (ACCOUNTS / f"{account}.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


@dg.asset(partitions_def=accounts, retry_policy=dg.RetryPolicy(max_retries=2, delay=600))
def chatrhub_copy(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    done = subprocess.run(
        ["chatrhub-sync", "sync", "--json"],
        env={**os.environ, **settings_of(context.partition_key)},
        # A folder without a .env: settings come from the account's file only.
        cwd="/tmp",
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode == 3:
        return dg.MaterializeResult(metadata={"status": "another sync is running and does the work"})
    run = json.loads(done.stdout) if done.stdout.strip() else {"status": "failed", "errors": []}
    if done.returncode in (1, 2):
        # partial, failed, or wrong settings: for people; to begin anew at once mends nothing.
        wrong = [error["error"] for error in run["errors"]] + [doubt["text"] for doubt in run.get("doubts", [])]
        raise dg.Failure(description=f"{run['status']}: {'; '.join(wrong) or 'see the log'}", allow_retries=False)
    if done.returncode != 0:
        raise dg.Failure(description=f"stopped with {done.returncode}; the next try goes on from what is stored")
    return dg.MaterializeResult(
        metadata={"status": run["status"], "requests": run["requests"], "backlog": dg.MetadataValue.json(run["backlog"])}
    )


@dg.schedule(cron_schedule="0 2 * * *", target=chatrhub_copy)
def nightly():
    for account in accounts.get_partition_keys():
        yield dg.RunRequest(run_key=None, partition_key=account)


defs = dg.Definitions(assets=[chatrhub_copy], schedules=[nightly])
