"""Second factors, passkeys and trusted devices."""
