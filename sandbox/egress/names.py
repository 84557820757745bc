"""Answers the name lookups of one worker: every name has an address that only means that name.

The real name is looked up when the worker connects, by the guard, and the address that is checked
is the address that is dialled. So a name server that answers twice differently gains nothing.
"""

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from sandbox.jail.broker import FAKE_ADDRESSES

MAX_NAMES = 1_000
SECONDS_TO_KEEP = 60


class Names:
    """The names that one worker has asked for, and the addresses that stand for them."""

    def __init__(self) -> None:
        self._by_address: dict[str, str] = {}
        self._by_name: dict[str, str] = {}

    def name_of(self, address: str) -> str | None:
        """Return the name that an address stands for."""
        return self._by_address.get(address)

    def answer(self, query: bytes) -> bytes | None:
        """Return the answer to a query, or None for what is no query at all."""
        try:
            asked = _asked(query)
            return None if asked is None else self._answered(asked).to_wire()
        except (dns.exception.DNSException, ValueError, NotImplementedError):
            return None

    def _answered(self, asked: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(asked, recursion_available=True)
        question = asked.question[0]
        if question.rdclass != dns.rdataclass.IN or question.rdtype != dns.rdatatype.A:
            return answer  # no address of that kind; libraries go on with what there is
        address = self._address_of(question.name.to_text(omit_final_dot=True).lower())
        if address is None:
            answer.set_rcode(dns.rcode.REFUSED)
            return answer
        answer.answer.append(
            dns.rrset.from_text(question.name, SECONDS_TO_KEEP, "IN", "A", address)
        )
        return answer

    def _address_of(self, name: str) -> str | None:
        address = self._by_name.get(name)
        if address is None and len(self._by_name) < MAX_NAMES:
            address = str(FAKE_ADDRESSES[len(self._by_name) + 1])
            self._by_name[name], self._by_address[address] = address, name
        return address


def _asked(query: bytes) -> dns.message.Message | None:
    """Return a query with its question and nothing else, or None for what is no query.

    dnspython keeps for good what it makes of each combination of flags, and of each class and type
    of a record. A tool that makes them up would fill the memory of the guard, which is everybody's.

    Raises:
        DNSException, ValueError, NotImplementedError: it cannot be read.
    """
    flags = int.from_bytes(query[2:4], "big")
    if flags & dns.flags.QR or dns.opcode.from_flags(flags) != dns.opcode.QUERY:
        return None
    wanted = (flags & dns.flags.RD).to_bytes(2, "big")
    asked = dns.message.from_wire(query[:2] + wanted + query[4:], question_only=True)
    return asked if len(asked.question) == 1 else None
