"""What both programs share: the web app and the runtime agree on everything in here."""
