"""Where a request comes from, behind the proxies that are ours."""

from collections.abc import Sequence


def caller_address(peer: str, forwarded: Sequence[str], *, hops: int) -> str:
    """Return the caller's IP address.

    Args:
        peer: the address that the connection came from.
        forwarded: every `X-Forwarded-For` header, in order.
        hops: how many proxies in front are ours; what stands before their entries is hearsay.
    """
    entries = ",".join(forwarded).split(",")
    if hops == 0 or len(entries) < hops:
        return peer
    return entries[-hops].strip() or peer
