// Six digits of an app: whatever else is typed or pasted falls away, and the sixth sends the form.
// A code is good once, so the same digits are not sent again by a key or the button.
import { useEffect, useRef } from "react";

export function CodeField({ length = 6, sends = true, ref: _outer, ...rest }) {
  const input = useRef(null);
  const sent = useRef("");
  useEffect(() => {
    const form = input.current.form;
    const once = (event) => {
      if (sent.current === input.current.value) {
        event.preventDefault();
        event.stopPropagation();
      }
      sent.current = input.current.value;
    };
    const forget = () => {
      sent.current = "";
    };
    form?.addEventListener("submit", once, true);
    window.addEventListener("pageshow", forget); // back from an answer that did not come
    return () => {
      form?.removeEventListener("submit", once, true);
      window.removeEventListener("pageshow", forget);
    };
  }, []);
  useEffect(() => {
    if (window.matchMedia("(pointer: fine)").matches) input.current?.focus();
  }, []);
  const type = () => {
    const field = input.current;
    const digits = field.value.replace(/\D/g, "").slice(0, length);
    if (field.value !== digits) field.value = digits;
    if (sent.current !== digits) sent.current = "";
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
