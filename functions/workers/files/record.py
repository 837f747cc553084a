from edge.observe import count
from edge.worker import Message, queue
from fleet.access import EVERYWHERE
from fleet.configuration import keep_files


@queue("FileEvents", "files_record", uses=(keep_files.record,))
def handler(message: Message) -> None:
    """Note the files that S3 tells of.

    A second delivery is harmless: the key of a file's row is its time and name, so that the same row is written again.
    """
    for outcome in keep_files.record(EVERYWHERE, message.body):
        count(f"File{outcome}")
