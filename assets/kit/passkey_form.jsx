// A form that an authenticator fills: it is sent by the browser itself, since the answer sets a cookie.
import { useEffect, useRef, useState } from "react";
import { ask, isSupported, said } from "./webauthn.js";

const ASK_AGAIN_AFTER_MS = 9 * 60 * 1000; // before the challenge expires

// Offers passkeys in the list under the address field, where the browser can.
function useAutofill(isWanted, purpose, fill) {
  const control = useRef(null);
  useEffect(() => {
    if (!isWanted || !isSupported()) return undefined;
    let isGone = false;
    const offer = async () => {
      const can = await window.PublicKeyCredential.isConditionalMediationAvailable?.();
      if (!can || isGone) return;
      control.current = new AbortController();
      const { signal } = control.current;
      try {
        fill(await ask(purpose, { signal, mediation: "conditional" }));
      } catch {
        // Nobody chose one there: the button and the other ways are still here.
      }
    };
    offer();
    const timer = setInterval(() => {
      control.current?.abort();
      offer();
    }, ASK_AGAIN_AFTER_MS);
    return () => {
      isGone = true;
      clearInterval(timer);
      control.current?.abort();
    };
  }, [isWanted, purpose]);
  return control;
}

export function PasskeyForm({ action, purpose, autofills, children, ref: _outer, ...rest }) {
  const form = useRef(null);
  const [trouble, setTrouble] = useState("");
  const [isBusy, setBusy] = useState(false);
  const fill = (credential) => {
    form.current.elements.credential.value = credential;
    form.current.submit();
  };
  const autofill = useAutofill(autofills, purpose, fill);
  const press = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    if (!isSupported()) return setTrouble("This browser has no passkeys. Use another way.");
    autofill.current?.abort();
    setTrouble("");
    setBusy(true);
    try {
      fill(await ask(purpose));
    } catch (error) {
      setTrouble(said(error));
      setBusy(false);
    }
  };
  return (
    <form {...rest} ref={form} action={action} method="post" onSubmit={press} aria-busy={isBusy}>
      <input type="hidden" name="credential" />
      {children}
      <p role="alert" className="text-sm text-broken empty:hidden">
        {trouble}
      </p>
    </form>
  );
}
