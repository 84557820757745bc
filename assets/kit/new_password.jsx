// A new password: it can be looked at, and it is weighed after a pause, with the name and the address
// beside it in the form. The text itself stays in the field; nothing writes into it.
import { useEffect, useRef, useState } from "react";

const PAUSE_MS = 250;

export function NewPassword({ className, toggleClassName, wrapperClassName, children, onWeigh, ref: _outer, ...rest }) {
  const [isShown, setShown] = useState(false);
  const pending = useRef(null);
  useEffect(() => () => clearTimeout(pending.current), []);
  const weigh = (event) => {
    const field = event.target;
    clearTimeout(pending.current);
    pending.current = setTimeout(() => {
      const beside = (name) => field.form?.elements.namedItem(name)?.value ?? "";
      onWeigh?.({ password: field.value, name: beside("name"), email: beside("email") });
    }, PAUSE_MS);
  };
  return (
    <div className={wrapperClassName}>
      <input type={isShown ? "text" : "password"} className={className} {...rest} onInput={weigh} />
      <button
        type="button"
        className={toggleClassName}
        aria-label="Show password"
        aria-pressed={isShown}
        onClick={() => setShown(!isShown)}
      >
        {children}
      </button>
    </div>
  );
}
