"""Messages that leave once the transaction that wrote them is done."""
