from edge.observe import count
from edge.worker import Message, queue
from fleet.access import EVERYWHERE
from fleet.configuration import keep_files


@queue("FileEvents", "files_record", uses=(keep_files.record,))
def handler(message: Message) -> None:
    """Note the files that S3 tells of.

    Delivering it twice is harmless: a file's row has its time and key for a name, and is written again as it is.
    """
    for outcome in keep_files.record(EVERYWHERE, message.body):
        count(f"File{outcome}")
