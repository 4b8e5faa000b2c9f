"""Threads in most of the ways that scripts have: pools, queues, events, limits of time, and an event loop."""

import asyncio
import queue
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

import boto3

ROLE = "AWSServiceRoleForBackup"
REGIONS = ("us-east-1", "eu-west-1", "us-west-2")
order = []
lock = threading.RLock()


def clean(region):
    backup = boto3.client("backup", region_name=region)
    for vault in backup.list_backup_vaults()["BackupVaultList"]:
        with lock:
            order.append(region)
        name = vault["BackupVaultName"]
        for point in backup.list_recovery_points_by_backup_vault(BackupVaultName=name)["RecoveryPoints"]:
            backup.delete_recovery_point(BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"])
        time.sleep(60)
        backup.delete_backup_vault(BackupVaultName=name)
    return region


with ThreadPoolExecutor(2) as pool:
    futures = [pool.submit(clean, region) for region in REGIONS]
    print(*(future.result() for future in as_completed(futures)))
print(order)

began = time.monotonic()
slow = threading.Thread(target=time.sleep, args=(50,))
slow.start()
slow.join(timeout=20)
assert slow.is_alive()
assert 20 <= time.monotonic() - began < 21
slow.join()
assert not slow.is_alive()
assert 50 <= time.monotonic() - began < 51

work = queue.Queue(maxsize=1)
threading.Thread(target=lambda: [work.put(number) for number in range(5)], daemon=True).start()
print([work.get() for _ in range(5)])
try:
    work.get(timeout=7)
except queue.Empty:
    print("nothing is left")

event = threading.Event()
threading.Timer(5, event.set).start()
assert event.wait(10)
assert not threading.Event().wait(3)


async def both():
    await asyncio.gather(asyncio.to_thread(time.sleep, 4), asyncio.sleep(9))


asyncio.run(both())
assert time.monotonic() - began < 90
iam = boto3.client("iam")
task = iam.delete_service_linked_role(RoleName=ROLE)["DeletionTaskId"]
ended = []


def watch():
    while (status := iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"]) == "IN_PROGRESS":
        time.sleep(5)
    ended.append(status)


watcher = threading.Thread(target=watch)
watcher.start()
watcher.join()
sys.exit(ended != ["SUCCEEDED"])
