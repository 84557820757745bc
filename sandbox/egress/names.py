"""Answers the name lookups of one worker: every name has an address that only means that name.

The real name is looked up when the worker connects, by the guard, and the address that is checked
is the address that is dialled. So a name server that answers twice differently gains nothing.
"""

import dns.exception
import dns.flags
import dns.message
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
            asked = dns.message.from_wire(query)
            if len(asked.question) != 1 or asked.flags & dns.flags.QR:
                return None
            return self._answered(asked).to_wire()
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
