// Six digits of an app: whatever else is typed or pasted falls away, and the sixth sends the form.
import { useEffect, useRef } from "react";

export function CodeField({ length = 6, sends = true, ref: _outer, ...rest }) {
  const input = useRef(null);
  useEffect(() => {
    if (window.matchMedia("(pointer: fine)").matches) input.current?.focus();
  }, []);
  const type = () => {
    const field = input.current;
    const digits = field.value.replace(/\D/g, "").slice(0, length);
    if (field.value !== digits) field.value = digits;
    if (sends && digits.length === length) field.form?.requestSubmit();
  };
  return (
    <input
      ref={input}
      type="text"
      inputMode="numeric"
      autoComplete="one-time-code"
      spellCheck={false}
      onInput={type}
      {...rest}
    />
  );
}
