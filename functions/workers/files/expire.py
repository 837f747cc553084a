from edge.observe import count
from edge.worker import Change, stream
from fleet.access import EVERYWHERE
from fleet.configuration import keep_files
from fleet.files.files import NOTICES, PREFIX


@stream("FleetTable", "files_expire", prefix=NOTICES, removed=PREFIX, uses=(keep_files.expire, keep_files.retain), timeout=300)
def handler(change: Change) -> None:
    """Delete files whose rows have expired, and change when they do where a gateway's are to be kept for longer or shorter.

    A second delivery is harmless: a file is deleted unless a newer one has replaced it, and the expiry that all rows
    are set to follows from the gateway's current configuration.
    """
    if change.removed:
        count("FileExpired", keep_files.expire((change.item["pk"]["S"], change.item["sk"]["S"])))
    else:
        count("FileRetentionChanged", keep_files.retain(EVERYWHERE, change.item["org"]["S"], change.item["sn"]["S"]))
