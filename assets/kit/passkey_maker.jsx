// A form that lets an authenticator make a passkey, and sends it to the server under the typed name.
import { useState } from "react";
import { isSupported, make, said, send } from "./webauthn.js";

export function PasskeyMaker({ onMade, onStale, children, ref: _outer, ...rest }) {
  const [trouble, setTrouble] = useState("");
  const [isBusy, setBusy] = useState(false);
  const press = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (isBusy) return;
    if (!isSupported()) return setTrouble("This browser has no passkeys. Try another one.");
    setTrouble("");
    setBusy(true);
    try {
      const credential = await make();
      const name = new FormData(form).get("passkey_name");
      const made = await send("/api/auth/passkeys", { name, credential });
      form.reset();
      onMade?.(made.name);
    } catch (error) {
      if (error.code === "not_fresh" || error.code === "signed_out") onStale?.();
      else setTrouble(said(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form {...rest} onSubmit={press} aria-busy={isBusy}>
      {children}
      <p role="alert" className="text-sm text-broken empty:hidden">
        {trouble}
      </p>
    </form>
  );
}
