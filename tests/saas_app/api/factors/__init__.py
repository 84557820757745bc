"""Second steps, passkeys and confirming over HTTP, as browsers and hostile sites do it."""
