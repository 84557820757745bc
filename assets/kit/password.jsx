// A password that can be looked at; the browser's own manager still sees an ordinary field.
import { useState } from "react";

export function Password({ className, toggleClassName, wrapperClassName, children, ref: _outer, ...rest }) {
  const [isShown, setShown] = useState(false);
  return (
    <div className={wrapperClassName}>
      <input type={isShown ? "text" : "password"} className={className} {...rest} />
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
