"""Everything that a script can rely on."""

import asyncio
import datetime
import os
import random
import sys
import threading
import time
import uuid
from datetime import datetime as dt
from pathlib import Path

import boto3
import helper_module
from botocore.config import Config

assert helper_module.runs == [1]
assert __name__ == "__main__" and sys.modules["__main__"].__file__ == __file__
assert sys.argv[1:] == ["--dry", "x y"], sys.argv
assert sys.path[0] == str(Path(__file__).parent)
before = time.time(), time.monotonic(), dt.now(), datetime.datetime.now(datetime.UTC)
time.sleep(3600)
asyncio.run(asyncio.sleep(1800))
threading.Event().wait(1800)
after = time.time(), time.monotonic(), dt.now(), datetime.datetime.now(datetime.UTC)
for a, b in zip(before, after):
    gap = (b - a) if isinstance(a, float) else (b - a).total_seconds()
    assert 7200 <= gap < 7201, gap
assert isinstance(before[2], datetime.date) and dt(2026, 1, 1).year == 2026 and datetime.date.today() == dt.now().date()
assert isinstance(datetime.datetime.strptime("2026", "%Y"), dt)
until = time.time() + 5
while time.time() < until:
    pass
seen = []
client = boto3.client("iam")
client.meta.events.register("before-call.iam", lambda **kw: seen.append(kw["model"].name))
role = client.get_role(RoleName="AWSServiceRoleForBackup")
assert isinstance(role["Role"]["CreateDate"], datetime.datetime)
assert isinstance(role["Role"]["AssumeRolePolicyDocument"], dict), role
assert role["ResponseMetadata"]["HTTPStatusCode"] == 200 and seen == ["GetRole"]
try:
    client.get_role(RoleName="missing")
except client.exceptions.NoSuchEntityException as error:
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert error.response["Error"]["Code"] == "NoSuchEntity"
else:
    raise AssertionError
backup = boto3.Session(region_name="us-east-1").client("backup", config=Config(retries={"total_max_attempts": 2}))
vault = backup.list_backup_vaults()["BackupVaultList"][0]
assert isinstance(vault["CreationDate"], datetime.datetime)
try:
    backup.list_backup_vaults(MaxResults="many")
except Exception as error:
    assert type(error).__name__ == "ParamValidationError"
try:
    input()
except EOFError:
    pass
try:
    __import__("urllib.request").request.urlopen("http://192.0.2.1/")
except OSError as error:
    assert "no network" in str(error), error
print("all is well", uuid.uuid4(), random.random(), os.getcwd())
sys.exit("as it has to be")
