// Talks to the browser's passkeys: options come from the server as JSON, answers go back as JSON.
const OPTIONS = "/api/auth/passkeys/options";

const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));

function toText(buffer) {
  let binary = "";
  for (const byte of new Uint8Array(buffer)) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export class Refused extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

export const isSupported = () => typeof window !== "undefined" && Boolean(window.PublicKeyCredential);

// Sends JSON to a route of ours and returns its answer, or throws what it says.
export async function send(address, content, signal) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(content),
    signal,
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(body.title ?? "That did not work. Try again.", body.code ?? "");
  return body;
}

const known = (list) => (list ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));

// Lets an authenticator answer, and returns its answer as JSON text.
export async function ask(purpose, { signal, mediation } = {}) {
  const options = await send(OPTIONS, { for: purpose }, signal);
  const publicKey = {
    ...options,
    challenge: toBytes(options.challenge),
    allowCredentials: known(options.allowCredentials),
  };
  const found = await navigator.credentials.get({ publicKey, signal, mediation });
  const { response } = found;
  return JSON.stringify({
    id: found.id,
    rawId: toText(found.rawId),
    type: found.type,
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      authenticatorData: toText(response.authenticatorData),
      signature: toText(response.signature),
      userHandle: response.userHandle ? toText(response.userHandle) : undefined,
    },
  });
}

// Lets an authenticator make a passkey, and returns its answer as an object.
export async function make() {
  const options = await send(OPTIONS, { for: "register" });
  const publicKey = {
    ...options,
    challenge: toBytes(options.challenge),
    user: { ...options.user, id: toBytes(options.user.id) },
    excludeCredentials: known(options.excludeCredentials),
  };
  const made = await navigator.credentials.create({ publicKey });
  const { response } = made;
  return {
    id: made.id,
    rawId: toText(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      attestationObject: toText(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

// What to tell a person about a failure; browsers say the same of a no and of a time that ran out.
export function said(error) {
  if (error instanceof Refused) return error.message;
  if (error.name === "InvalidStateError") return "This device has a passkey for your account already.";
  if (error.name === "NotAllowedError") return "No passkey was used. Try again when you are ready.";
  if (error.name === "SecurityError") return "Passkeys do not work at this address.";
  return "Your browser could not do that. Try again, or use another way.";
}
