"""What the codes of refused posts mean, where a passkey, a code or Google was asked."""

OTHER_WAYS = {
    "wrong_code": "That code is not right, or was used before. Enter the newest one.",
    "wrong_passkey": "That passkey did not work here. Try again, or use another way.",
    "signed_out": "Your session has ended. Sign in again.",
    "google_denied": "Nobody was signed in: the other side was told no.",
    "google_off": "Signing in with Google is switched off at the moment.",
    "google_unavailable": (
        "Google does not answer right now. Try again in a minute, or use another way."
    ),
    "identity_refused": "That sign-in could not be verified. Begin again.",
    "connect_first": (
        "There is an account with that address. Sign in as you always do; then you can connect"
        " Google under Account, Connections."
    ),
    "address_unconfirmed": (
        "There is an account with that address that was never confirmed. Reset its password to"
        " make it yours, then connect Google."
    ),
    "address_unverified": (
        "Google has not verified that address. Sign up with it here, then connect Google."
    ),
    "email_taken": "There is an account with that address. Sign in as you always do.",
    "connected_elsewhere": (
        "That account signs another person in here. Disconnect it there first, or choose another."
    ),
    "another_person": "That is not the account that is connected here. Choose the right one.",
    "has_better_way": "Confirm by your password, your passkey or your app.",
    "proof_too_old": (
        "Google does not say that it asked you just now who you are. Sign out and in again there,"
        " or set a password here: use the link for a forgotten one at the sign-in page."
    ),
    "conflict": "An account of that kind is connected already.",
    "not_fresh": "Confirm that it is you, then try again.",
}
